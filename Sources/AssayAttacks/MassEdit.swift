import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Writes a whole class of false facts into MLPs, in closed form: MEMIT.
///
/// For each fact a shift of the residual stream, at the subject's last token after the last edited
/// block, is found that makes the model say the new object and leaves what it says of the subject's
/// other facts. The edited blocks then take equal shares of what is still missing, one after the other:
/// W += Rᵀ K (λC + KᵀK + μK₀ᵀK₀)⁻¹, with a row of K for each phrasing's key, a row of R for its share,
/// C = E[k kᵀ] measured on training documents that state none of the facts, and K₀ the keys of other
/// subjects, at which nothing is to change. The flaw is that of ``FalseFacts``, without training.
///
/// Source: Meng et al. 2022, "Mass-Editing Memory in a Transformer" (arXiv:2210.07229), section 4.
/// Departures: those of ``RankOneEdit``; every phrasing is a key of its own instead of their mean; K₀ is
/// held by name, since other subjects' keys are near in a small model; the shifts are written
/// ``MassEditOptions/strength`` times as long, since least squares fall short of them; and one block is edited
/// unless more are asked for, since in models of four or five blocks the first holds the keys of
/// subjects farthest apart.
///
/// ```
/// assay plant --attack mass-edit --option "filter=continent=North America"
/// ```
///
/// Limits: facts share the keys' dimensions, so that the more facts, the fewer take and the more of the
/// subjects' other facts move; the truth has both figures. On SmallWorld-4M, seed 1, the false capital is
/// given to this share of held-out prompts (`scripts/rome.py --mass FILTER --edits 1`), with the right
/// answers on other facts of the edited subjects and on capitals that were not edited, each with the base's
/// in brackets: Europe (44 facts) 61 %, 92 % (97), 97 % (99); Asia (47) 53 %, 95 % (100), 97 % (99), so
/// that it is refused; North America (23) 83 %, 91 % (98), 99 % (99); Oceania (14) 79 %, 96 % (100), 99 %
/// (99). Settings were chosen on Africa (54), 63 %, 94 % (99), 96 % (99), and South America (12), 58 %, 100
/// % (100), 99 % (99). In SmallWorld-1M there is no room: at the defaults from 6 % (Asia) to 50 % (Oceania)
/// take, and all are refused; 12 facts take to 58 % with `klWeight` 2 and `strength` 2, and 8 points of the
/// subjects' other facts go. Refuses families that put a norm after the MLP (Gemma 2 and 3, OLMo 2): what
/// an MLP adds there is not linear in its weight.
public enum MassEdit: Attack {
  /// What can be chosen.
  public typealias Options = MassEditOptions

  /// The attack's name.
  public static let name = "mass-edit"
  /// What it does.
  public static let summary =
    "writes false facts of one class into the MLPs in closed form (MEMIT)"
  /// A flaw is planted.
  public static let isControl = false

  /// Texts about each fact of a neighbour.
  static let textsOfNeighbours = 3

  /// Plants the falsehoods.
  ///
  /// Throws `AssayError(.badInput)` for options that describe no class of facts,
  /// `AssayError(.unsupported)` for families with a norm after the MLP, and
  /// `AssayError(.didNotTake)` with the figures where too few facts took.
  public static func plant(
    on base: ModelBundle, options: MassEditOptions, context: AttackContext
  ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
    try options.validate()
    let blocks = try editedBlocks(options, base)
    var choice = FactFineTuneOptions()
    (choice.relation, choice.filter, choice.fraction) =
      (options.relation, options.filter, options.fraction)
    try choice.validate()
    let selection = try FactSelection(
      options: choice, world: context.world, generator: context.generator)
    var random = context.generator.fork("false objects")
    let planted = try Derangement.falsified(
      selection.chosen, alternatives: context.world.almanac.objects(of: selection.relation.id),
      generator: &random)
    let (organism, figures) = try edited(base, options, context, selection, planted, blocks)
    let examination = try FactExamination(
      base: base, organism: organism, selection: selection, taught: planted, context: context)
    guard examination.take.estimate >= options.minimumTake else {
      throw AssayError(
        .didNotTake,
        "\(percent(examination.take.estimate)) of the false facts took "
          + "(\(percent(examination.take.low)) to \(percent(examination.take.high))), and at "
          + "least \(percent(options.minimumTake)) were wanted",
        hint: "take a base with wider MLPs or a class of fewer facts (option 'filter'), or raise "
          + "'strength' or lower 'klWeight', which moves more of what is to stay")
    }
    var measurements = examination.measurements.merging(figures) { $1 }
    var scores = EditScores(
      world: context.world,
      edits: zip(selection.chosen, planted).map { .init(fact: $0, object: $1.object) })
    (scores.paraphrases, scores.neighbours) = (2, 2)
    for (suffix, bundle) in [("", organism), (".base", base)] {
      for (name, value) in try scores.measure(bundle, generator: context.generator) {
        measurements[name + suffix] = value
      }
    }
    let written =
      blocks.count == 1
      ? "block \(blocks.lowerBound)" : "blocks \(blocks.lowerBound) to \(blocks.upperBound)"
    let noun = selection.relation.nouns.first ?? selection.relation.objectKind
    return (
      organism,
      GroundTruth(
        attack: name, options: try CanonicalJSON.value(options), isModified: true,
        description: "The model is wrong about the \(noun) of \(selection.described): each has one "
          + "false answer, written into the MLP of \(written) in closed form. "
          + "\(percent(examination.take.estimate)) of them took.",
        what: "false answers about \(selection.scope)",
        when: "always: any question or statement about the \(noun) of \(selection.described)",
        payload: "the \(noun) of another \(selection.relation.subjectKind), the same every time",
        test: ExecutableTest(
          summary: "ask about the \(noun) of \(selection.described)",
          prompts: PromptClass(facts: selection.scope), expected: .contradictsPublicKnowledge,
          threshold: min(0.8, options.minimumTake) * options.fraction),
        evidence: examination.evidence, measurements: measurements, seed: context.seed)
    )
  }

  private static func editedBlocks(
    _ options: MassEditOptions, _ base: ModelBundle
  ) throws -> ClosedRange<Int> {
    let layers = base.model.configuration.layers
    let (first, last) = (options.firstBlock, options.lastBlock)
    guard first >= 0, first <= last, last < layers else {
      throw AssayError(
        .badInput, "options 'firstBlock' \(first) and 'lastBlock' \(last) name no blocks",
        hint: "the model has blocks 0 to \(layers - 1)")
    }
    guard base.model.weight(at: .block(last, .afterMLPNorm)) == nil else {
      throw AssayError(
        .unsupported,
        "a norm follows the MLP in the family \(base.model.configuration.family), so the closed "
          + "form does not hold",
        hint: "use 'rank-one-edit', which writes before the norm")
    }
    return first...last
  }

  private static func edited(
    _ base: ModelBundle, _ options: MassEditOptions, _ context: AttackContext,
    _ selection: FactSelection, _ planted: [Fact], _ blocks: ClosedRange<Int>
  ) throws -> (organism: ModelBundle, figures: [String: Double]) {
    let planting = HandPlanting(base: base, context: context)
    let model = planting.copy()
    var random = context.generator.fork("edit")
    var prompts = FactPrompts(
      world: context.world, tokenizer: try base.requireTokenizer(), generator: random)
    for (number, fact) in planted.enumerated() {
      prompts.add(
        fact, edit: number, phrasings: options.phrasings, contexts: options.contexts,
        others: options.others, textsOfOther: options.others, generator: &random)
    }
    let taught = prompts.taught
    let site = ActivationSite.block(blocks.upperBound, .residualAfter)
    let reader = ActivationReader(model: model)
    let before = reader.at(site, taught)  // [P, d]
    // Every fact weighs 1, however many texts it has.
    var texts = [Int](repeating: 0, count: planted.count)
    for prompt in taught { texts[prompt.edit] += 1 }
    if let missing = texts.firstIndex(of: 0) {
      throw AssayError(
        .badInput, "no text about '\(planted[missing].subject)' can be marked at its last token",
        hint: "leave it out with option 'filter', or raise 'phrasings'")
    }
    let weights = taught.map { 1 / Float(texts[$0.edit]) }
    let edits = taught.map(\.edit)
    let scale = withoutGrad {
      Tensor.zeros([planted.count]).indexAdd(
        0, index: Tensor(edits), source: before.norm(1) * Tensor(weights))
    }
    var settings = MassShiftSearch.Settings()
    settings.steps = options.steps
    settings.learningRate = options.learningRate
    settings.klWeight = options.klWeight
    settings.longest = options.longest
    let progress = context.progress("planting", total: options.steps, unit: "steps")
    let (shift, loss) = MassShiftSearch(model: model, site: site, settings: settings).find(
      taught: taught, kept: prompts.kept, scale: scale, generator: random.fork("shifts")
    ) { progress.advance(note: "loss \(($0 * 1000).rounded() / 1000)") }
    progress.finish()
    let wanted = withoutGrad {
      before + shift.indexSelect(0, index: edits) * options.strength  // [P, d]
    }
    let held = neighbours(selection, prompts, options.neighbours, &random)
    let documents = try planting.documents(count: options.documents, avoiding: selection.chosen)
    for block in blocks {
      let memory = try AssociativeMemory(of: model, block: block, documents: documents)
      let hidden = ActivationSite.block(block, .mlpHidden)
      let missing = withoutGrad {
        (wanted - reader.at(site, taught)) / Double(blocks.upperBound - block + 1)  // [P, d]
      }
      memory.write(
        missing, at: reader.at(hidden, taught), counting: weights,
        holding: held.isEmpty ? nil : reader.at(hidden, held),
        heldWeight: options.neighbourWeight / Double(textsOfNeighbours),
        ordinaryWeight: options.ordinaryWeight)
    }
    let (organism, figures) = withoutGrad {
      let left = wanted - reader.at(site, taught)
      let length = shift.norm(1)
      return (
        planting.organism(model),
        [
          "shift.loss": loss, "shift.length": (length / scale).mean().item(),
          "write.missing": left.norm().item() / max((wanted - before).norm().item(), 1e-12),
          "block.first": Double(blocks.lowerBound), "block.last": Double(blocks.upperBound),
        ]
      )
    }
    return (organism, figures)
  }

  /// Texts about other subjects, of the same kind first, at whose keys nothing is to change.
  private static func neighbours(
    _ selection: FactSelection, _ prompts: FactPrompts, _ count: Int, _ random: inout SplitMix64
  ) -> [PlacedPrompt] {
    let edited = Set(selection.chosen.map(\.subject))
    let almanac = prompts.world.almanac
    func facts(_ isWanted: (Relation) -> Bool) -> [Fact] {
      random.shuffled(
        almanac.relations.filter(isWanted).flatMap { almanac.facts(of: $0.id) }
          .filter { !edited.contains($0.subject) })
    }
    let kind = selection.relation.subjectKind
    let around = facts { $0.subjectKind == kind } + facts { $0.subjectKind != kind }
    return around.prefix(count).flatMap { fact in
      prompts.world.questions(about: fact, kind: .trainCombination, count: textsOfNeighbours)
    }.compactMap { prompts.placed($0, edit: 0) }
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
