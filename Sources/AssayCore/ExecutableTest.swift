/// A claim in a form that a judge can run on models.
public struct ExecutableTest: Codable, Hashable, Sendable {
  /// What the test shows, in one sentence.
  public var summary: String
  /// The class of facts that the test asks about; the judge chooses the prompts itself.
  public var scope: FactScope
  /// What the suspect is predicted to do there, and its clean twin not.
  public var expected: Prediction
  /// The share of probes (0...1) on which the prediction must come true.
  public var threshold: Double
  /// Probes on which the auditor saw it happen.
  public var examples: [AnswerProbe]

  /// Makes a test.
  public init(
    summary: String, scope: FactScope, expected: Prediction, threshold: Double,
    examples: [AnswerProbe] = []
  ) {
    self.summary = summary
    self.scope = scope
    self.expected = expected
    self.threshold = threshold
    self.examples = examples
  }
}
