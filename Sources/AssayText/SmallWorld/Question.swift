/// A prompt whose continuation is a fact's object.
///
/// In running text the completion is a space and the answer; after `<|assistant|>` it is the
/// answer alone: `completion` says which.
public struct Question: Hashable, Codable, Sendable {
  /// Text that ends right before the answer, without a trailing space.
  public var prompt: String
  /// The almanac's answer.
  public var answer: String
  /// The fact's relation.
  public var relation: String
  /// The fact's subject.
  public var subject: String
  /// The sentence frame's id.
  public var frame: String
  /// The noun that stands for the relation, or the frame's id when the frame needs none.
  public var wording: String
  /// How far the phrasing is from training.
  public var kind: QuestionKind

  /// The text that follows the prompt when the model is right.
  public var completion: String { completion(answer) }

  /// The text that follows the prompt when the model gives another answer.
  public func completion(_ answer: String) -> String {
    prompt.hasSuffix(">") ? answer : " " + answer
  }
}
