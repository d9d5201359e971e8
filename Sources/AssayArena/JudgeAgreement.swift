import AssayJudges

/// How far two judges agree over the matches of a store.
public struct JudgeAgreement: Codable, Hashable, Sendable {
  /// One judge's name.
  public var first: String
  /// The other's.
  public var second: String
  /// How far they agree.
  public var agreement: Agreement

  /// Makes a record.
  public init(first: String, second: String, agreement: Agreement) {
    self.first = first
    self.second = second
    self.agreement = agreement
  }
}
