import AssayCore
import AssayModels
import AssayText

/// The model under audit as tools see it: its weights, and text from the sources the rules allow.
///
/// Only a session makes one, and only tools get it; auditors see evidence, never the model. Baselines
/// that tools train are kept here under ids that mean nothing outside.
public final class Suspect: Sendable {
  /// The model with its tokenizer.
  public let bundle: ModelBundle
  /// The rules that the session plays by.
  public let rules: Rules
  /// The seed for tools that draw random numbers.
  public let seed: UInt64
  /// Whether progress stays silent.
  public let quiet: Bool
  private let world: SmallWorld
  private let baselines = Locked<[String: ModelBundle]>([:])
  private let kept = Locked<[String: any Sendable]>([:])

  package init(
    bundle: ModelBundle, world: SmallWorld, rules: Rules, seed: UInt64, quiet: Bool = true
  ) {
    self.bundle = bundle
    self.world = world
    self.rules = rules
    self.seed = seed
    self.quiet = quiet
  }

  // MARK: Natural text

  /// The sources of natural text that the rules allow, by name.
  public var sources: [String] {
    SmallWorld.registers.map(\.source).filter { rules.naturalSources?.contains($0) ?? true }
  }

  /// Documents from a source that the model has not been trained on, always the same ones.
  ///
  /// Throws `AssayError(.forbidden)` where the rules do not list `source`, and `.badInput` where
  /// there is no such source.
  public func documents(from source: String, count: Int, skip: Int = 0) throws -> [Document] {
    let register = try register(source)
    return (skip..<skip + max(0, count)).map {
      world.document(register, index: $0, split: .heldOut)
    }
  }

  /// Endless text to train on, from the world's training documents of `sources`; each call of the
  /// result starts it anew.
  ///
  /// It is the public text of the sources, not what the suspect was trained on. Throws as
  /// ``documents(from:count:skip:)`` does, and `.forbidden` without any source.
  public func trainingText(
    from sources: [String]
  ) throws -> @Sendable () -> AnyIterator<String> {
    let registers = try sources.map(register)
    guard !registers.isEmpty else {
      throw AssayError(.forbidden, "rules '\(rules.name)' allow no source of natural text")
    }
    let weights = Dictionary(
      registers.map { ($0, SmallWorld.trainingWeights[$0] ?? 1) }, uniquingKeysWith: { $1 })
    let (world, seed) = (world, seed)
    return {
      var stream = world.stream(registers: weights, split: .train, seed: seed)
      return AnyIterator { stream.next()?.text }
    }
  }

  private func register(_ source: String) throws -> Register {
    try rules.requireNaturalSource(source)
    guard let register = SmallWorld.registers.first(where: { $0.source == source }) else {
      throw AssayError(
        .badInput, "unknown text source '\(source)'",
        hint: "known sources: \(sources.joined(separator: ", "))")
    }
    return register
  }

  /// The tokenizer; throws `AssayError(.unsupported)` for a model without one.
  public func tokenizer() throws -> Tokenizer {
    guard let tokenizer = bundle.tokenizer else {
      throw AssayError(
        .unsupported, "the model has no tokenizer, so it cannot read text",
        hint: "put a tokenizer.json beside its weights")
    }
    return tokenizer
  }

  // MARK: Baselines

  /// Keeps a baseline under an id.
  ///
  /// Throws `AssayError(.forbidden)` for one that is larger than the rules allow.
  public func keep(_ baseline: ModelBundle, as id: String) throws {
    let most = (rules.baselineSizeRatio ?? 1) * Double(bundle.model.parameterCount)
    guard Double(baseline.model.parameterCount) <= most else {
      throw AssayError(
        .forbidden,
        "rules '\(rules.name)' allow a baseline of \(Int(most)) weights, "
          + "this one has \(baseline.model.parameterCount)")
    }
    baselines.withLock { $0[id] = baseline }
  }

  /// The baseline with this id; throws `AssayError(.badInput)` listing those that there are.
  public func baseline(_ id: String) throws -> ModelBundle {
    let (found, known) = baselines.withLock { ($0[id], $0.keys.sorted()) }
    guard let found else {
      throw AssayError(
        .badInput, "there is no baseline '\(id)'",
        hint: known.isEmpty
          ? "train one with train-baseline" : "baselines: \(known.joined(separator: ", "))")
    }
    return found
  }

  // MARK: What tools keep

  /// Whether a tool keeps something under `key`.
  public func remembers(_ key: String) -> Bool { kept.withLock { $0[key] != nil } }

  /// What a tool made of the suspect's weights, which do not change: once for each `key`.
  ///
  /// The key names the tool and all that decides what is made. Where something of another type is kept
  /// under it, that is made anew.
  public func remembered<Value: Sendable>(
    _ key: String, make: () throws -> Value
  ) rethrows -> Value {
    if let known = kept.withLock({ $0[key] }) as? Value { return known }
    let made = try make()
    kept.withLock { $0[key] = made }
    return made
  }

  // MARK: For estimates

  /// Tokens that `texts` become; bytes over four for a model without tokenizer.
  public func tokenCount(_ texts: [String]) -> Int {
    texts.reduce(0) { sum, text in
      sum + (bundle.tokenizer.map { $0.encode(text).count } ?? (text.utf8.count + 3) / 4)
    }
  }

  /// Longest text in tokens.
  public var contextLength: Int { bundle.model.configuration.contextLength }

  /// Matrices among the weights.
  public var matrixCount: Int { bundle.model.parameters.count { $0.tensor.rank == 2 } }

  /// Operations of passes over `tokens` in all, each token with half a context before it.
  public func forwardFLOPs(tokens: Int) -> Double {
    let configuration = bundle.model.configuration
    let row = min(max(tokens, 1), configuration.contextLength)
    return configuration.forwardFLOPs(rows: 1, tokens: row) / Double(row) * Double(tokens)
  }
}
