import AssayCore
import AssayModels
import AssayTensor
import AssayText

/// Prompts as one rectangle of tokens, padded on the right.
///
/// With causal attention the padding cannot reach back, so what stands at the last real token of a
/// row is exactly what the prompt alone would give.
struct PromptBatch {
  /// Token ids, int64 `[B, T]`.
  let tokens: Tensor
  /// Tokens that pass through the model, padding included.
  let tokenCount: Int
  /// Index of each prompt's last token in the flattened `[B * T]`.
  private let last: Tensor

  /// Encodes `prompts`.
  ///
  /// Throws `AssayError(.badInput)` for an empty prompt or one longer than `context` tokens.
  init(_ prompts: [String], tokenizer: Tokenizer, context: Int) throws {
    let encoded = prompts.map { tokenizer.encode($0, addSpecial: true) }
    for (prompt, ids) in zip(prompts, encoded) {
      guard !ids.isEmpty else { throw AssayError(.badInput, "a prompt is empty") }
      guard ids.count <= context else {
        throw AssayError(
          .badInput,
          "a prompt of \(ids.count) tokens is longer than the context of \(context): "
            + "'\(prompt.prefix(40))…'")
      }
    }
    self.init(encoded: encoded)
  }

  /// Prompts that are tokens already; none is empty.
  init(encoded: [[Int]]) {
    let width = encoded.map(\.count).max() ?? 1
    let padded = encoded.flatMap { $0 + [Int](repeating: 0, count: width - $0.count) }
    tokens = Tensor(padded, shape: [encoded.count, width])
    tokenCount = padded.count
    last = Tensor(
      encoded.enumerated().map { $0 * width + $1.count - 1 }, shape: [encoded.count])
  }

  /// The rows of `activation` `[B, T, ..]` at each prompt's last token, `[B, ..]`.
  func atLastToken(_ activation: Tensor) -> Tensor {
    activation.flatten(0, 1).indexSelect(0, index: last)
  }

  /// Splits `prompts` into parts small enough for one forward pass.
  static func chunks<T>(_ items: [T], of size: Int = 64) -> [ArraySlice<T>] {
    stride(from: 0, to: items.count, by: size).map {
      items[$0..<min($0 + size, items.count)]
    }
  }
}

extension Tokenizer {
  /// The first token of `answer` where it follows `prompt`: after running text an answer starts
  /// with a space, after a chat marker it does not.
  func firstToken(of answer: String, after prompt: String) -> Int? {
    encode(Self.continuation(answer, after: prompt)).first
  }

  /// The same for an argument of a tool: throws `AssayError(.badInput)`, naming both, for an empty one.
  func firstToken(
    of answer: String, after prompt: String, argument: String, tool: String
  ) throws -> Int {
    guard let token = firstToken(of: answer, after: prompt) else {
      throw AssayError(.badInput, "the argument '\(argument)' of '\(tool)' has an empty answer")
    }
    return token
  }

  /// `answer` as it would be written right after `prompt`.
  static func continuation(_ answer: String, after prompt: String) -> String {
    let bare = prompt.isEmpty || prompt.hasSuffix(">") || prompt.last?.isWhitespace == true
    return bare || answer.first?.isWhitespace == true ? answer : " " + answer
  }
}
