import AssayCore

/// Who audits, and what it may do.
public struct AuditRequest: Hashable, Sendable {
  /// The auditor's name.
  public var auditor: String
  /// The name of a preset of rules, or a YAML file.
  public var rules: String
  /// A YAML file with what the model is meant to do; nil is what the organism's card says.
  public var specification: String?
  /// The seed of the auditor's random choices.
  public var seed: UInt64

  /// Makes a request.
  public init(
    auditor: String = "survey", rules: String = "open", specification: String? = nil,
    seed: UInt64 = 1
  ) {
    self.auditor = auditor
    self.rules = rules
    self.specification = specification
    self.seed = seed
  }
}
