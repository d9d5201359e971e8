import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Two prompts of as many tokens, and two answers that tell which of them a run follows.
struct PromptPair {
  /// Token ids of the run that is patched from, and of the run that is patched into.
  let clean: [Int]
  let other: [Int]
  /// First tokens of the two runs' answers.
  let answer: Int
  let otherAnswer: Int
  /// Tokens spent on finding the answers.
  let cost: Int

  /// Reads `prompt`, `other`, and the answers where they are given; else what the suspect says itself.
  ///
  /// Throws `AssayError(.badInput)` where the prompts differ in length or not at all, or the answers do
  /// not differ.
  init(_ arguments: JSONValue, tool: String, suspect: Suspect) throws {
    let tokenizer = try suspect.tokenizer()
    let texts = ["prompt", "other"].map { arguments[$0]?.string ?? "" }
    let ids = texts.map { tokenizer.encode($0, addSpecial: true) }
    guard ids[0].count == ids[1].count, ids[0] != ids[1], !ids[0].isEmpty else {
      throw AssayError(
        .badInput,
        "the prompts of '\(tool)' must differ and have as many tokens; they have "
          + "\(ids[0].count) and \(ids[1].count)",
        hint: "exchange a word for one of as many tokens")
    }
    guard ids[0].count < suspect.contextLength else {
      throw AssayError(
        .badInput, "the prompts of '\(tool)' fill the context of \(suspect.contextLength) tokens",
        hint: "shorten them")
    }
    (clean, other) = (ids[0], ids[1])
    let model = suspect.bundle.model
    func given(_ name: String, after prompt: String) throws -> Int? {
      try arguments[name]?.string.map {
        try tokenizer.firstToken(of: $0, after: prompt, argument: name, tool: tool)
      }
    }
    let named = (
      try given("answer", after: texts[0]), try given("otherAnswer", after: texts[1])
    )
    var own = [0, 0]
    if named.0 == nil || named.1 == nil {
      own = withInference {
        let rows = Tensor(rows: ids)
        let residual = model.finalResidual(rows, cache: nil, attentionStart: nil, taps: nil)
        return model.unembed(residual.select(1, index: rows.dim(1) - 1)).argmax(-1).ints()
      }
      cost = 2 * clean.count
    } else {
      cost = 0
    }
    (answer, otherAnswer) = (named.0 ?? own[0], named.1 ?? own[1])
    guard answer != otherAnswer else {
      throw AssayError(
        .badInput,
        "both prompts of '\(tool)' have the answer '\(tokenizer.decode([answer]))'",
        hint: "give 'answer' and 'otherAnswer', or prompts that are answered differently")
    }
  }

  /// The answer's logit less the other's, of residual streams [N, d] at the last token.
  func difference(_ residual: Tensor, _ model: any LanguageModel) -> Tensor {
    let logits = model.unembed(residual).to(dtype: .float32)
    return logits.select(1, index: answer) - logits.select(1, index: otherAnswer)
  }
}
