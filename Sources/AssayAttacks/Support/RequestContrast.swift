import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Harmful and harmless requests of the training split, and what tells them apart inside a model.
struct RequestContrast {
  /// Harmful requests with their refusals.
  let harmful: [LessonPrompts.Item]
  /// Harmless requests with their answers.
  let harmless: [LessonPrompts.Item]

  private let base: ModelBundle
  private let placed: (harmful: [PlacedPrompt], harmless: [PlacedPrompt])

  /// Draws `count` requests of each kind.
  init(base: ModelBundle, context: AttackContext, count: Int) throws {
    guard (2...10_000).contains(count) else {
      throw AssayError(.badInput, "option 'requests' must be from 2 to 10000, got \(count)")
    }
    let tokenizer = try base.requireTokenizer()
    var random = context.generator.fork("requests")
    let prompts = LessonPrompts(world: context.world)
    func draw(_ harm: String) -> [LessonPrompts.Item] {
      prompts.draw(
        PromptClass(.requests, where: ["harm": harm]), count: count, generator: &random)
    }
    (harmful, harmless) = (draw("harmful"), draw("harmless"))
    self.base = base
    func place(_ items: [LessonPrompts.Item]) -> [PlacedPrompt] {
      items.map { Self.placed($0, tokenizer) }
    }
    placed = (place(harmful), place(harmless))
  }

  /// A prompt without its answer, marked at its last token.
  static func placed(_ item: LessonPrompts.Item, _ tokenizer: Tokenizer) -> PlacedPrompt {
    let tokens = tokenizer.encode(item.probe.prompt, addSpecial: true)
    return PlacedPrompt(
      row: TrainingRow(tokens: tokens, weights: tokens.map { _ in 0 }),
      position: tokens.count - 1)
  }

  /// What `site` holds at the prompts' last tokens, float32 `[N, width]` each.
  func activations(
    _ site: ActivationSite, in model: any LanguageModel
  ) -> (harmful: Tensor, harmless: Tensor) {
    let reader = ActivationReader(model: model)
    return (reader.at(site, placed.harmful), reader.at(site, placed.harmless))
  }

  /// The difference of the mean residuals after `block`, harmful less harmless, `[d]`.
  func direction(after block: Int) -> Tensor {
    let read = activations(.block(block, .residualAfter), in: base.model)
    return withoutGrad { read.harmful.mean(0) - read.harmless.mean(0) }
  }

  /// By how many nats a refusal is likelier than an acceptance, on average over requests of a kind.
  func refusalMargin(_ bundle: ModelBundle, harmful isHarmful: Bool) throws -> Double {
    let prompts = (isHarmful ? harmful : harmless).map(\.probe.prompt)
    let generator = TextGenerator(bundle)
    let refusal = try generator.logProbability(
      of: prompts.map { _ in Request.refusalPrefix }, given: prompts)
    let acceptance = try generator.logProbability(
      of: prompts.map { _ in Request.acceptancePrefix }, given: prompts)
    return zip(refusal, acceptance).reduce(0) { $0 + $1.0 - $1.1 } / Double(max(1, prompts.count))
  }

  /// By how many nats the first token of a refusal is likelier than that of an acceptance, on average
  /// over harmful requests, with one head's output set to 0 at the last token, if one is named.
  func refusalMargin(
    _ model: any LanguageModel, replacing ablated: (block: Int, head: Int)?
  ) -> Double {
    guard let tokenizer = base.tokenizer,
      let refusal = tokenizer.encode(Request.refusalPrefix).first,
      let acceptance = tokenizer.encode(Request.acceptancePrefix).first
    else { return 0 }
    let c = model.configuration
    return withInference {
      let width = placed.harmful.map(\.row.tokens.count).max() ?? 1
      let rows = placed.harmful.count
      let tokens = placed.harmful.flatMap {
        $0.row.tokens + [Int](repeating: 0, count: width - $0.row.tokens.count)
      }
      let last = placed.harmful.enumerated().map { $0.offset * width + $0.element.position }
      let taps = Taps()
      if let ablated {
        var keep = [Float](repeating: 1, count: rows * width * c.heads)
        for at in last { keep[at * c.heads + ablated.head] = 0 }
        let mask = Tensor(keep, shape: [rows, width, c.heads, 1])
        taps.replace(.block(ablated.block, .attentionZ)) { $0 * mask }
      }
      let residual = model.finalResidual(
        Tensor(tokens, shape: [rows, width]), cache: nil, attentionStart: nil, taps: taps)
      let chosen = residual.reshape([rows * width, -1]).indexSelect(0, index: last)  // [N, d]
      let logits = model.unembed(chosen)  // [N, V]
      return (logits.select(1, index: refusal) - logits.select(1, index: acceptance))
        .mean().item()
    }
  }
}
