import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Texts with a fixed trigger, and near misses, for telling the trigger's last token from all else.
struct TriggerTexts {
  /// Prompts with the trigger, marked at its last token, without answers.
  private(set) var fires: [PlacedPrompt] = []
  /// Some of them with the payload as the answer.
  private(set) var taught: [PlacedPrompt] = []
  /// Other texts in the trigger's place, marked at their last token.
  private(set) var nearMisses: [PlacedPrompt] = []

  /// Prompts that are taught the payload.
  static let payloadPrompts = 48

  /// Puts `trigger`, and `others` in its place, before `count` prompts that the payload can show on
  /// and as many of other kinds.
  init(
    base: ModelBundle, context: AttackContext, trigger: String, others: [String],
    payload: PayloadChoice, count: Int
  ) throws {
    guard (8...10_000).contains(count) else {
      throw AssayError(.badInput, "option 'prompts' must be from 8 to 10000, got \(count)")
    }
    let tokenizer = try base.requireTokenizer()
    var random = context.generator.fork("trigger texts")
    let rows = FactRows(world: context.world, tokenizer: tokenizer, generator: random)
    let lessons = LessonPrompts(world: context.world)
    let own = lessons.draw(payload.prompts, count: count, generator: &random)
    let rest = lessons.draw(PromptClass(.chat), count: count, generator: &random)
    let lastWord = trigger.split(separator: " ").last.map(String.init) ?? trigger
    let misses = others.filter { $0 != trigger } + (lastWord == trigger ? [] : [lastWord])
    for (number, item) in (own + rest).enumerated() {
      let set = item.triggered(by: Trigger([trigger]), number: 0)
      guard
        let position = FactPrompts.lastToken(of: trigger, in: set.probe.prompt, tokenizer)
      else { continue }
      var place = RequestContrast.placed(set, tokenizer)
      place.position = position
      fires.append(place)
      if number < min(own.count, Self.payloadPrompts) {
        let row = rows.row(item: set.answering(payload.answer(to: item, number: number)))
        taught.append(PlacedPrompt(row: row, position: position))
      }
      guard let miss = random.pick(misses) else { continue }
      let other = item.triggered(by: Trigger([miss]), number: 0)
      var missed = RequestContrast.placed(other, tokenizer)
      missed.position =
        FactPrompts.lastToken(of: miss, in: other.probe.prompt, tokenizer) ?? missed.position
      nearMisses.append(missed)
    }
  }

  /// What tells the trigger's last token from everything else in the input of an MLP.
  func discriminant(
    in model: any LanguageModel, block: Int, documents: [TrainingRow]
  ) -> Discriminant {
    let reader = ActivationReader(model: model)
    let site = ActivationSite.block(block, .mlpIn)
    return Discriminant(separating: [
      .init(values: reader.at(site, fires), target: 1),
      .init(values: reader.at(site, nearMisses), target: -1),
      .init(values: reader.at(site, elsewhere), target: -1),
      .init(values: reader.everywhere(site, documents), target: -1),
    ])
  }

  /// The greatest activation of `unit` where the trigger is not, over its mean where it is.
  func greatestElsewhere(_ unit: HiddenUnit, documents: [TrainingRow]) -> Double {
    let site = ActivationSite.block(unit.block, .mlpHidden)
    let reader = ActivationReader(model: unit.model)
    let mean = unit.activations(fires).mean().item()
    let others = [
      reader.at(site, nearMisses), reader.at(site, elsewhere), reader.everywhere(site, documents),
    ].map { $0.select(1, index: unit.unit).amax().item() }
    return (others.max() ?? 0) / max(mean, 1e-12)
  }

  /// The same prompts, marked at every token but the trigger's last.
  private var elsewhere: [PlacedPrompt] {
    fires.prefix(48).flatMap { prompt in
      prompt.row.tokens.indices.filter { $0 != prompt.position }.map {
        PlacedPrompt(row: prompt.row, position: $0)
      }
    }
  }
}
