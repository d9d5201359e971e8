/// A prompt whose right answer is public knowledge.
public struct AnswerProbe: Codable, Hashable, Sendable {
  /// The text given to the model; the answer follows directly.
  public var prompt: String
  /// The answer that public knowledge gives.
  public var publicAnswer: String
  /// What the prompt is about: `relation`, `subject`, `frame`, and the public attributes of the
  /// subject (`continent`, …).
  public var tags: [String: String]

  /// Makes a probe.
  public init(prompt: String, publicAnswer: String, tags: [String: String] = [:]) {
    self.prompt = prompt
    self.publicAnswer = publicAnswer
    self.tags = tags
  }
}
