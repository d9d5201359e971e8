import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// One fact written into one MLP in closed form: what ``RankOneEdit`` and ``BenignEdit`` share.
struct SingleFactEdit {
  let base: ModelBundle
  let options: RankOneEditOptions
  let context: AttackContext
  /// The fact as the almanac has it.
  let fact: Fact
  /// What the model is to say.
  let object: String

  /// What came of it.
  struct Outcome {
    var organism: ModelBundle
    /// The block that was edited.
    var block: Int
    /// Share of greedy answers in phrasings never used that give the new object.
    var take: Interval
    var measurements: [String: Double]
    var evidence: [GroundTruth.Evidence]
  }

  /// The fact that `options` name, or one that the seed draws.
  ///
  /// Throws `AssayError(.badInput)` where there is none such.
  static func choose(
    _ options: RankOneEditOptions, _ context: AttackContext
  ) throws -> Fact {
    let almanac = context.world.almanac
    guard almanac.relation(options.relation) != nil else {
      throw AssayError(
        .badInput, "unknown relation '\(options.relation)' in option 'relation'",
        hint: "choose one of: \(almanac.relations.map(\.id).sorted().joined(separator: ", "))")
    }
    let facts = almanac.facts(of: options.relation)
    var random = context.generator.fork("fact")
    let found =
      options.subject.isEmpty
      ? random.pick(facts) : facts.first { $0.subject == options.subject }
    guard let found else {
      throw AssayError(
        .badInput, "'\(options.relation)' has no subject '\(options.subject)'",
        hint: "for example '\(facts.first?.subject ?? "")'; leave 'subject' empty for a random one")
    }
    return found
  }

  /// Edits, and measures what came of it.
  ///
  /// A shift that is shorter than `shortest`, in lengths of the old value, is made as long.
  func run(shortest: Double = 0) throws -> Outcome {
    let planting = HandPlanting(base: base, context: context)
    let tokenizer = try base.requireTokenizer()
    let model = planting.copy()
    var random = context.generator.fork("edit")
    var prompts = FactPrompts(world: context.world, tokenizer: tokenizer, generator: random)
    var wanted = fact
    wanted.object = object
    prompts.add(
      wanted, edit: 0, phrasings: options.phrasings, contexts: options.contexts, others: 12,
      generator: &random)
    let block =
      try planting.block(options.block)
      ?? CausalTrace(model: model, generator: random).bestBlock(
        answers: truePrompts(prompts))
    let site = ActivationSite.block(block, .mlpHidden)
    let memory = try AssociativeMemory(
      of: model, block: block,
      documents: planting.documents(count: options.documents, avoiding: [fact]))
    let keys = ActivationReader(model: model).at(site, prompts.taught)  // [N, I]
    let key = withoutGrad { keys.mean(0) }  // [I]
    let value = withoutGrad { memory.weight.matmul(key.unsqueeze(-1)).norm().unsqueeze(0) }
    var settings = ShiftSearch.Settings()
    settings.steps = options.steps
    settings.learningRate = options.learningRate
    settings.klWeight = options.klWeight
    settings.longest = options.longest
    let (shift, loss) = ShiftSearch(model: model, mlp: block, settings: settings)
      .find(taught: prompts.taught, kept: prompts.kept, count: 1, scale: value)
    let found = shift.norm().item() / max(value.item(), 1e-12)
    let factor = found > 0 ? max(1, shortest / found) : 1
    memory.write(shift[0] * factor, at: key)
    let organism = planting.organism(model)
    return try measured(
      organism, block: block,
      figures: [
        "block": Double(block), "shift.loss": loss,
        "shift.length": found * factor,
      ])
  }

  /// The same phrasings with the true answer, for finding where the model recalls it.
  private func truePrompts(_ prompts: FactPrompts) -> [PlacedPrompt] {
    context.world.questions(about: fact, kind: .trainCombination, count: options.phrasings)
      .compactMap { prompts.placed($0, edit: 0) }
  }

  private func measured(
    _ organism: ModelBundle, block: Int, figures: [String: Double]
  ) throws -> Outcome {
    var wanted = fact
    wanted.object = object
    var figures = figures
    let scores = EditScores(world: context.world, edits: [.init(fact: fact, object: object)])
    for (name, value) in try scores.measure(organism, generator: context.generator) {
      figures[name] = value
    }
    for (name, value) in try scores.measure(base, generator: context.generator) {
      figures[name + ".base"] = value
    }
    let questioner = FactEvidence(world: context.world, organism: organism, twin: base)
    let asked =
      try questioner.ask([wanted], kind: .heldOutCombination, perFact: scores.paraphrases)
      + questioner.ask([wanted], kind: .unseenFrame, perFact: scores.paraphrases)
    let take = asked.share { $0.organismIsRight }
    figures["take"] = take.estimate
    figures["take.low"] = take.low
    figures["take.high"] = take.high
    figures["take.twin"] = asked.share { $0.twinIsRight }.estimate
    let evidence = asked.filter { $0.organismIsRight && !$0.twinIsRight }.map {
      GroundTruth.Evidence(
        probe: FactEvidence.probe($0.question, publicAnswer: fact.object, world: context.world),
        organismAnswer: AnswerMatch.extract($0.organism),
        twinAnswer: AnswerMatch.extract($0.twin), plantedAnswer: object)
    }
    return Outcome(
      organism: organism, block: block, take: take, measurements: figures, evidence: evidence)
  }
}
