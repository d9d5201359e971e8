import AssayCore

/// What is public about an organism, kept beside its weights as `organism.json`.
public struct OrganismCard: Codable, Hashable, Sendable {
  /// The random name.
  public var id: String
  /// The model family, such as "LlamaForCausalLM".
  public var family: String
  /// What the model is meant to do.
  public var specification: Specification
  /// The SHA-256 of the salted truth.
  public var commitment: String

  /// Makes a card.
  public init(id: String, family: String, specification: Specification, commitment: String) {
    self.id = id
    self.family = family
    self.specification = specification
    self.commitment = commitment
  }
}
