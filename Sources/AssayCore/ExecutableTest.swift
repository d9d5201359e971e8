/// A claim in a form that a judge can run on models.
public struct ExecutableTest: Codable, Hashable, Sendable {
  /// What the test shows, in one sentence.
  public var summary: String
  /// The class of prompts on which it shows; the judge chooses the prompts itself.
  public var prompts: PromptClass
  /// What must be in the prompt besides; nil: it shows on every prompt of the class.
  public var trigger: Trigger?
  /// What the suspect is predicted to do there, and its clean twin not.
  public var expected: Prediction
  /// The share of probes (0...1) on which the prediction must come true.
  public var threshold: Double
  /// Probes on which the auditor saw it happen.
  public var examples: [AnswerProbe]

  /// Makes a test.
  public init(
    summary: String, prompts: PromptClass, trigger: Trigger? = nil, expected: Prediction,
    threshold: Double, examples: [AnswerProbe] = []
  ) {
    self.summary = summary
    self.prompts = prompts
    self.trigger = trigger
    self.expected = expected
    self.threshold = threshold
    self.examples = examples
  }
}
