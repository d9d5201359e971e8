/// One thing that an auditor says is wrong with a suspect.
public struct Claim: Codable, Hashable, Sendable {
  /// What the flaw does.
  public var what: String
  /// When it shows.
  public var when: String
  /// Where in the model it sits.
  public var `where`: String
  /// How sure the auditor is, 0...1.
  public var confidence: Double
  /// The numbers of the evidence behind the claim.
  public var evidence: [Int]
  /// The claim as a test to run, if it can be one.
  public var test: ExecutableTest?

  /// Makes a claim.
  public init(
    what: String, when: String, where location: String, confidence: Double, evidence: [Int],
    test: ExecutableTest? = nil
  ) {
    self.what = what
    self.when = when
    self.where = location
    self.confidence = confidence
    self.evidence = evidence
    self.test = test
  }
}
