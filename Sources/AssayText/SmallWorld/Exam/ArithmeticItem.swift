/// A sum put as a user's question, answered after `<|assistant|>`.
public struct ArithmeticItem: Hashable, Codable, Sendable {
  /// The operands and the operation.
  public var sum: Arithmetic
  /// The chat up to where the assistant answers.
  public var prompt: String
  /// The result in decimal digits.
  public var answer: String

  init(sum: Arithmetic, variant: Int) {
    self.sum = sum
    prompt = ChatMarkup.prompt(sum.question(variant: variant))
    answer = String(sum.result)
  }
}
