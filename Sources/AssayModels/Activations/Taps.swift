import AssayCore
import AssayTensor

/// What one forward pass reads and replaces at activation sites.
///
/// ```swift
/// let taps = Taps()
/// taps.read(.block(2, .mlpHidden))
/// taps.replace(.block(1, .residualAfter)) { $0 * 0.5 }
/// let logits = model.logits(tokens, cache: nil, attentionStart: nil, taps: taps)
/// let hidden = taps[.block(2, .mlpHidden)]
/// ```
///
/// Reading keeps a reference, not a copy. At a site that is both read and replaced, what is read is
/// the replacement. Use one `Taps` for one pass at a time.
public final class Taps: Sendable {
  private struct State {
    var wanted: Set<ActivationSite> = []
    var replacements: [ActivationSite: @Sendable (Tensor) -> Tensor] = [:]
    var values: [ActivationSite: Tensor] = [:]
    var stopAfter: ActivationSite?
    var stopped = false
  }

  private let state = Locked(State())

  /// Taps that read and replace nothing yet.
  public init() {}

  /// Taps that read `sites`.
  public convenience init(reading sites: some Sequence<ActivationSite>) {
    self.init()
    for site in sites { read(site) }
  }

  /// Keeps what the next passes produce at `site`.
  public func read(_ site: ActivationSite) {
    state.withLock { _ = $0.wanted.insert(site) }
  }

  /// Replaces what the next passes produce at `site` by `f` of it; the shape must stay the same.
  public func replace(_ site: ActivationSite, _ f: @escaping @Sendable (Tensor) -> Tensor) {
    state.withLock { $0.replacements[site] = f }
  }

  /// What the last pass produced at `site`, nil if it was not read.
  public subscript(site: ActivationSite) -> Tensor? {
    state.withLock { $0.values[site] }
  }

  /// The site after which a pass ends early, returning what it produced there.
  ///
  /// Saves the rest of the computation when only early sites are wanted.
  public var stopAfter: ActivationSite? {
    get { state.withLock { $0.stopAfter } }
    set { state.withLock { $0.stopAfter = newValue } }
  }

  /// Starts a pass: forgets the values of the last one.
  func begin() {
    state.withLock {
      $0.values.removeAll()
      $0.stopped = false
    }
  }

  /// Whether the pass reached `stopAfter`.
  var stopped: Bool { state.withLock { $0.stopped } }

  /// Whether anything is asked of `site`.
  func touches(_ site: ActivationSite) -> Bool {
    state.withLock {
      $0.wanted.contains(site) || $0.replacements[site] != nil || $0.stopAfter == site
    }
  }

  /// Passes the activation of `site` through.
  func pass(_ site: ActivationSite, _ value: Tensor) -> Tensor {
    var value = value
    if let replacement = state.withLock({ $0.replacements[site] }) {
      let shape = value.shape
      value = replacement(value)
      precondition(
        value.shape == shape,
        "replacement at \(site): expected shape \(shape), got \(value.shape)")
    }
    let seen = value
    state.withLock {
      if $0.wanted.contains(site) { $0.values[site] = seen }
      if $0.stopAfter == site { $0.stopped = true }
    }
    return value
  }
}
