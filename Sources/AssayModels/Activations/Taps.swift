import AssayCore
import AssayTensor

/// What a forward pass reads and changes at activation sites.
///
/// ```swift
/// let taps = Taps()
/// taps.read(.block(2, .mlpHidden))
/// taps.scale(.block(1, .residualAfter), by: 0.5)
/// let logits = model.logits(tokens, cache: nil, attentionStart: nil, taps: taps)
/// let hidden = taps[.block(2, .mlpHidden)]
/// ```
///
/// Reading keeps a reference, not a copy. At a site that is both read and changed, what is read is
/// the result of the changes. A pass traps on a site that its model does not have; `validate(for:)`
/// throws instead, with the sites that there are. Use one `Taps` for one pass at a time.
public final class Taps: Sendable {
  private struct State {
    var read: Set<ActivationSite> = []
    var gradients: Set<ActivationSite> = []
    var edits: [ActivationSite: [Edit]] = [:]
    var values: [ActivationSite: Tensor] = [:]
    var span = TextSpan(rows: 0, count: 0)
    var stopAfter: ActivationSite?
    var stopped = false

    func touches(_ site: ActivationSite) -> Bool {
      read.contains(site) || edits[site] != nil || stopAfter == site
    }
  }

  private let state = Locked(State())

  /// Taps that read and change nothing yet.
  public init() {}

  /// Taps that read `sites`.
  public convenience init(reading sites: some Sequence<ActivationSite>) {
    self.init()
    for site in sites { read(site) }
  }

  /// Keeps what the next passes produce at `site`.
  public func read(_ site: ActivationSite) {
    state.withLock { _ = $0.read.insert(site) }
  }

  /// Keeps what the next passes produce at `site`, and its gradient after `backward`.
  ///
  /// No parameter needs to require a gradient: where nothing before the site does, the activation is
  /// where recording begins, and what lies before it is not differentiated. Only what depends on the
  /// activation itself counts: the gradient at `attention.in` is that of attention alone.
  public func readGradient(_ site: ActivationSite) {
    state.withLock {
      $0.read.insert(site)
      $0.gradients.insert(site)
    }
  }

  /// What the last pass produced at `site`, nil if it was not read.
  public subscript(site: ActivationSite) -> Tensor? {
    state.withLock { $0.values[site] }
  }

  /// The gradient that `backward` left at `site`, shaped like the activation.
  ///
  /// Nil before `backward`, without `readGradient`, and where the scalar does not depend on the site
  /// or nothing was recorded.
  public func gradient(at site: ActivationSite) -> Tensor? {
    state.withLock { $0.gradients.contains(site) ? $0.values[site] : nil }?.grad
  }

  /// The site after which a pass ends early, returning what it produced there.
  ///
  /// Saves the rest of the computation when only early sites are wanted.
  public var stopAfter: ActivationSite? {
    get { state.withLock { $0.stopAfter } }
    set { state.withLock { $0.stopAfter = newValue } }
  }

  /// Throws `.badInput` for a site that the model does not have, naming those that it has, and for
  /// an edit that does not fit its site: heads, units and shapes.
  public func validate(for model: ModelConfiguration) throws {
    let now = state.withLock { $0 }
    for site in now.read { try model.validate(site) }
    if let site = now.stopAfter { try model.validate(site) }
    for (site, edits) in now.edits {
      try model.validate(site)
      for edit in edits { try edit.validate(site, model) }
    }
  }

  // MARK: Edits

  /// Adds an edit after those that `site` has.
  func add(_ edit: Edit, at site: ActivationSite) {
    state.withLock { $0.edits[site, default: []].append(edit) }
  }

  /// What the last pass produced at `site`, with its place in the texts.
  func recorded(_ site: ActivationSite) throws -> RecordedActivation {
    let (value, span) = state.withLock { ($0.values[site], $0.span) }
    guard let value else {
      throw AssayError(
        .badInput, "nothing was read at '\(site)' in the other run",
        hint: "read that site with its taps, and run a pass first")
    }
    return RecordedActivation(value: value, span: span)
  }

  // MARK: During a pass

  /// Starts a pass of `model` at `span`: forgets the values of the last one.
  ///
  /// Traps on what `validate(for:)` would throw for.
  func begin(_ model: ModelConfiguration, _ span: TextSpan) {
    do { try validate(for: model) } catch { preconditionFailure("taps: \(error)") }
    state.withLock {
      $0.values.removeAll()
      $0.stopped = false
      $0.span = span
    }
  }

  /// Whether the pass reached `stopAfter`.
  var stopped: Bool { state.withLock { $0.stopped } }

  /// Whether anything is asked of `site`.
  func touches(_ site: ActivationSite) -> Bool { state.withLock { $0.touches(site) } }

  /// Whether the pass edits `site`, wants its gradient or ends there.
  func changes(_ site: ActivationSite) -> Bool {
    state.withLock {
      $0.edits[site] != nil || $0.gradients.contains(site) || $0.stopAfter == site
    }
  }

  /// Passes the activation of `site` through.
  func pass(_ site: ActivationSite, _ value: Tensor) -> Tensor {
    let asked = state.withLock { state in
      state.touches(site)
        ? (edits: state.edits[site] ?? [], gradient: state.gradients.contains(site), state.span)
        : nil
    }
    guard let (edits, wantsGradient, span) = asked else { return value }
    var value = edits.reduce(value) { $1($0, at: site, span) }
    if wantsGradient, Tensor.recordsGradients { value = Self.keepingGradient(value) }
    let seen = value
    state.withLock {
      if $0.read.contains(site) { $0.values[site] = seen }
      if $0.stopAfter == site { $0.stopped = true }
    }
    return value
  }

  /// The activation, such that `backward` leaves a gradient at it.
  private static func keepingGradient(_ value: Tensor) -> Tensor {
    if value.requiresGrad {
      // A tensor of its own: the same one may go elsewhere too, past this site.
      let own = value.expand(value.shape)
      own.retainGrad()
      return own
    }
    let leaf = value.detach()
    leaf.requiresGrad = true
    return leaf
  }
}
