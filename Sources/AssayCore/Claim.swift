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
  /// The claim as tests to run, none if it cannot be one; several where a flaw has several sides, which
  /// count together as one claim.
  public var tests: [ExecutableTest]

  /// Makes a claim with one test or none.
  public init(
    what: String, when: String, where location: String, confidence: Double, evidence: [Int],
    test: ExecutableTest? = nil
  ) {
    self.init(
      what: what, when: when, where: location, confidence: confidence, evidence: evidence,
      tests: test.map { [$0] } ?? [])
  }

  /// Makes a claim of several sides.
  public init(
    what: String, when: String, where location: String, confidence: Double, evidence: [Int],
    tests: [ExecutableTest]
  ) {
    self.what = what
    self.when = when
    self.where = location
    self.confidence = confidence
    self.evidence = evidence
    self.tests = tests
  }

  /// The first test, which says the main side.
  public var test: ExecutableTest? { tests.first }
}
