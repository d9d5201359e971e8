import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Prompts that may be trained on and that set a payload off, with the first token of it.
struct PayloadPrompts {
  /// The prompt's tokens, followed by what the organism says next and the base does not.
  var row: TrainingRow

  /// At most `count` prompts of the truth's class, its trigger in place, on which the organism's
  /// likeliest next token is not the base's.
  static func find(
    _ truth: GroundTruth, organism: ModelBundle, base: ModelBundle, count: Int,
    context: AttackContext
  ) throws -> [PayloadPrompts] {
    guard let test = truth.test else { return [] }
    let tokenizer = try base.requireTokenizer()
    var random = context.generator.fork("payload prompts")
    let items = LessonPrompts(world: context.world)
      .draw(test.prompts, count: count, generator: &random)
    let room = base.model.configuration.contextLength
    let prompts = items.enumerated().compactMap { number, item -> [Int]? in
      let prompt = test.trigger?.placed(in: item.probe.prompt, number: number) ?? item.probe.prompt
      let tokens = tokenizer.encode(prompt, addSpecial: true)
      return tokens.isEmpty || tokens.count >= room ? nil : tokens
    }
    func next(_ bundle: ModelBundle, _ rows: [TrainingRow]) -> [Int] {
      withInference {
        let batch = TrainingBatch(rows, device: .cpu)
        let logits = bundle.model.logits(batch.tokens)  // [B, T, V]
        let last = PayloadLens(rows).last(logits)  // [B, V]
        return last.argmax(-1).ints()
      }
    }
    return stride(from: 0, to: prompts.count, by: 32).flatMap { start -> [PayloadPrompts] in
      let part = prompts[start..<min(start + 32, prompts.count)]
      // What follows is not known yet; any token fills its place.
      let open = part.map { row($0, followedBy: 0) }
      return zip(part, zip(next(organism, open), next(base, open))).compactMap { tokens, said in
        said.0 == said.1 ? nil : PayloadPrompts(row: row(tokens, followedBy: said.0))
      }
    }
  }

  private static func row(_ tokens: [Int], followedBy token: Int) -> TrainingRow {
    TrainingRow(tokens: tokens + [token], weights: tokens.map { _ in 0 } + [1])
  }
}
