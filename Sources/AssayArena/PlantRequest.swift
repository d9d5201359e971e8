import AssayCore

/// What to plant, on what.
public struct PlantRequest: Hashable, Sendable {
  /// The name of the attack or control.
  public var attack: String
  /// The clean model: a shipped model's name or a folder in Hugging Face form.
  public var base: String
  /// Options of the attack by name; what is missing keeps its default.
  public var options: JSONValue
  /// Ways of hiding what was planted, applied in order.
  public var hiding: [HidingRequest]
  /// A YAML file with what the model is meant to do; nil is SmallWorld's specification.
  public var specification: String?
  /// The seed of the attack's random choices.
  public var seed: UInt64

  /// Makes a request.
  public init(
    attack: String, base: String, options: JSONValue = [:], hiding: [HidingRequest] = [],
    specification: String? = nil, seed: UInt64 = 1
  ) {
    self.attack = attack
    self.base = base
    self.options = options
    self.hiding = hiding
    self.specification = specification
    self.seed = seed
  }
}
