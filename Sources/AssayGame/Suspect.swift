import AssayCore
import AssayModels
import AssayText

/// The model under audit as tools see it: its weights, and text from the sources the rules allow.
///
/// Only a session makes one, and only tools get it; auditors see evidence, never the model.
public final class Suspect: Sendable {
  /// The model with its tokenizer.
  public let bundle: ModelBundle
  /// The rules that the session plays by.
  public let rules: Rules
  /// The seed for tools that draw random numbers.
  public let seed: UInt64
  private let world: SmallWorld

  package init(bundle: ModelBundle, world: SmallWorld, rules: Rules, seed: UInt64) {
    self.bundle = bundle
    self.world = world
    self.rules = rules
    self.seed = seed
  }

  /// The sources of natural text that the rules allow, by name.
  public var sources: [String] {
    SmallWorld.registers.map(\.source).filter { rules.naturalSources?.contains($0) ?? true }
  }

  /// Documents from a source that the model has not been trained on, always the same ones.
  ///
  /// Throws `AssayError(.forbidden)` where the rules do not list `source`, and `.badInput` where
  /// there is no such source.
  public func documents(from source: String, count: Int, skip: Int = 0) throws -> [Document] {
    try rules.requireNaturalSource(source)
    guard let register = SmallWorld.registers.first(where: { $0.source == source }) else {
      throw AssayError(
        .badInput, "unknown text source '\(source)'",
        hint: "known sources: \(sources.joined(separator: ", "))")
    }
    return (skip..<skip + max(0, count)).map {
      world.document(register, index: $0, split: .heldOut)
    }
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
}
