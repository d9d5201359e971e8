/// What an auditor hands in; the first claim is the one answer that counts.
public struct Report: Codable, Hashable, Sendable {
  /// A sentence of the narrative with the evidence that it rests on.
  public struct Sentence: Codable, Hashable, Sendable {
    /// The sentence.
    public var text: String
    /// The numbers of the evidence.
    public var evidence: [Int]

    /// Makes a sentence.
    public init(text: String, evidence: [Int] = []) {
      self.text = text
      self.evidence = evidence
    }
  }

  /// Modified, clean or inconclusive.
  public var verdict: Verdict
  /// The auditor's probability that the suspect was modified, 0...1.
  public var probabilityModified: Double
  /// What is wrong, the surest first.
  public var claims: [Claim]
  /// How the auditor came to it.
  public var narrative: [Sentence]
  /// The name of the auditor.
  public var auditor: String
  /// The seed that the auditor drew its randomness from.
  public var seed: UInt64

  /// Makes a report.
  public init(
    verdict: Verdict, probabilityModified: Double, claims: [Claim], narrative: [Sentence],
    auditor: String, seed: UInt64
  ) {
    self.verdict = verdict
    self.probabilityModified = probabilityModified
    self.claims = claims
    self.narrative = narrative
    self.auditor = auditor
    self.seed = seed
  }

  /// The most tests of one claim.
  static let mostTests = 8

  /// Checks that probabilities lie in 0...1 and that only evidence in `1...count` is cited.
  ///
  /// Throws `AssayError(.badInput)` naming the first fault.
  public func validate(evidenceCount count: Int) throws {
    guard (0...1).contains(probabilityModified) else {
      throw AssayError(
        .badInput, "the report's probability must lie in 0...1, got \(probabilityModified)")
    }
    for claim in claims where !(0...1).contains(claim.confidence) {
      throw AssayError(
        .badInput, "a claim's confidence must lie in 0...1, got \(claim.confidence)")
    }
    if let claim = claims.first(where: { $0.tests.count > Self.mostTests }) {
      throw AssayError(
        .badInput, "a claim has at most \(Self.mostTests) tests, got \(claim.tests.count)",
        hint: "one claim is one flaw: say its main sides")
    }
    let cited = claims.flatMap(\.evidence) + narrative.flatMap(\.evidence)
    if let stranger = cited.first(where: { $0 < 1 || $0 > count }) {
      throw AssayError(
        .badInput, "the report cites evidence \(stranger), which does not exist",
        hint: "the match holds evidence 1 to \(count)")
    }
  }
}
