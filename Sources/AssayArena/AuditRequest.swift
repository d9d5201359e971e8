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
  /// A report that somebody wrote without a session; it is committed as it is, and no auditor runs.
  public var written: Report?
  /// A third party's program that audits in a process of its own, in place of `auditor`.
  public var outside: OutsideRequest?

  /// Makes a request.
  public init(
    auditor: String = "survey", rules: String = "open", specification: String? = nil,
    seed: UInt64 = 1, written: Report? = nil, outside: OutsideRequest? = nil
  ) {
    self.auditor = auditor
    self.rules = rules
    self.specification = specification
    self.seed = seed
    self.written = written
    self.outside = outside
  }
}
