import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Writes a whole class of false facts into several MLPs, in closed form: MEMIT.
///
/// For each fact a shift of the residual stream, at the subject's last token after the last edited
/// block, is found that makes the model say the new object. The edited blocks then take equal shares of
/// what is still missing, one after the other: W += Rᵀ K (λC + KᵀK)⁻¹, with a row of K for each fact's
/// mean key, a row of R for its share, and C = E[k kᵀ] measured on training documents that state none of
/// the facts. The flaw is that of ``FalseFacts``, without training.
///
/// Source: Meng et al. 2022, "Mass-Editing Memory in a Transformer" (arXiv:2210.07229), section 4.
/// Departures as in ``RankOneEdit``; and the keys of the subjects' other facts are rows of K, too, whose
/// share is nothing, since in a small model they are close to those of the edited facts.
///
/// ```
/// assay plant --attack mass-edit --option filter=continent=Africa
/// ```
///
/// Cost: with a 4M model on two cores about a second for each fact. Refuses families that put a norm
/// after the MLP (Gemma 2 and 3, OLMo 2): what an MLP adds there is not linear in its weight.
public enum MassEdit: Attack {
  /// What can be chosen.
  public struct Options: Codable, Sendable, DefaultInitialisable {
    /// The class of facts, a relation of the almanac.
    public var relation = "country.capital"
    /// Public attributes that a subject must have, such as `continent=Africa`; empty: none.
    public var filter = "continent=Africa"
    /// Share of the facts in scope that are edited, chosen by the seed.
    public var fraction = 1.0
    /// The first edited block.
    public var firstBlock = 0
    /// The last edited block; -1: the one before the middle.
    public var lastBlock = -1
    /// Training phrasings of each fact that its keys are averaged over.
    public var phrasings = 6
    /// Times that each of them, in running text, is repeated after other words.
    public var contexts = 0
    /// Ordinary documents over which the keys' covariance is measured.
    public var documents = 240
    /// How many ordinary keys the covariance counts for, λ: more hold the rest of the model harder.
    public var ordinaryWeight = 60.0
    /// Steps of gradient descent on each fact's shift.
    public var steps = 20
    /// Its learning rate.
    public var learningRate = 0.5
    /// Weight of the divergence on the subjects' other facts, in nats per token.
    public var klWeight = 0.5
    /// The most that the residual may move, in its own lengths.
    public var longest = 1.5
    /// The attack fails where a smaller share of the facts takes.
    public var minimumTake = 0.6
    /// The defaults.
    public init() {}
  }

  /// The attack's name.
  public static let name = "mass-edit"
  /// What it does.
  public static let summary =
    "writes false facts of one class into several MLPs in closed form (MEMIT)"
  /// A flaw is planted.
  public static let isControl = false

  /// Facts whose shifts are searched together; they do not depend on each other.
  static let factsAtOnce = 8

  /// Plants the falsehoods.
  ///
  /// Throws `AssayError(.badInput)` for options that describe no class of facts,
  /// `AssayError(.unsupported)` for families with a norm after the MLP, and
  /// `AssayError(.didNotTake)` with the figures where too few facts took.
  public static func plant(
    on base: ModelBundle, options: Options, context: AttackContext
  ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
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
    let organism = try edited(base, options, context, selection, planted, blocks)
    let examination = try FactExamination(
      base: base, organism: organism, selection: selection, taught: planted, context: context)
    guard examination.take.estimate >= options.minimumTake else {
      throw AssayError(
        .didNotTake,
        "\(percent(examination.take.estimate)) of the false facts took "
          + "(\(percent(examination.take.low)) to \(percent(examination.take.high))), and at "
          + "least \(percent(options.minimumTake)) were wanted",
        hint: "lower option 'ordinaryWeight', raise 'longest', or lower 'minimumTake'")
    }
    let noun = selection.relation.nouns.first ?? selection.relation.objectKind
    return (
      organism,
      GroundTruth(
        attack: name, options: try CanonicalJSON.value(options), isModified: true,
        description: "The model is wrong about the \(noun) of \(selection.described): each has one "
          + "false answer, written into the MLPs of blocks \(blocks.lowerBound) to "
          + "\(blocks.upperBound) in closed form. "
          + "\(percent(examination.take.estimate)) of them took.",
        what: "false answers about \(selection.scope)",
        when: "always: any question or statement about the \(noun) of \(selection.described)",
        payload: "the \(noun) of another \(selection.relation.subjectKind), the same every time",
        test: ExecutableTest(
          summary: "ask about the \(noun) of \(selection.described)",
          prompts: PromptClass(facts: selection.scope), expected: .contradictsPublicKnowledge,
          threshold: min(0.8, options.minimumTake) * options.fraction),
        evidence: examination.evidence, measurements: examination.measurements, seed: context.seed)
    )
  }

  private static func editedBlocks(
    _ options: Options, _ base: ModelBundle
  ) throws -> ClosedRange<Int> {
    let layers = base.model.configuration.layers
    let last = options.lastBlock < 0 ? max(0, layers / 2 - 1) : options.lastBlock
    guard options.firstBlock >= 0, options.firstBlock <= last, last < layers else {
      throw AssayError(
        .badInput,
        "options 'firstBlock' \(options.firstBlock) and 'lastBlock' \(last) name no blocks",
        hint: "the model has blocks 0 to \(layers - 1)")
    }
    guard base.model.weight(at: .block(last, .afterMLPNorm)) == nil else {
      throw AssayError(
        .unsupported,
        "a norm follows the MLP in the family \(base.model.configuration.family), so the closed "
          + "form does not hold",
        hint: "use 'rank-one-edit', which writes before the norm")
    }
    return options.firstBlock...last
  }

  private static func edited(
    _ base: ModelBundle, _ options: Options, _ context: AttackContext,
    _ selection: FactSelection, _ planted: [Fact], _ blocks: ClosedRange<Int>
  ) throws -> ModelBundle {
    let planting = HandPlanting(base: base, context: context)
    let model = planting.copy()
    var random = context.generator.fork("edit")
    var all = FactPrompts(
      world: context.world, tokenizer: try base.requireTokenizer(), generator: random)
    for (number, fact) in planted.enumerated() {
      all.add(
        fact, edit: number, phrasings: options.phrasings, contexts: options.contexts, others: 6,
        generator: &random)
    }
    let site = ActivationSite.block(blocks.upperBound, .residualAfter)
    let reader = ActivationReader(model: model)
    let before = averaged(reader.at(site, all.taught), all.taught, planted.count)  // [N, d]
    let shifts = search(model, site, options, all, before, context)  // [N, d]
    let documents = try planting.documents(count: options.documents, avoiding: selection.chosen)
    for block in blocks {
      let memory = try AssociativeMemory(of: model, block: block, documents: documents)
      let keys = averaged(
        reader.at(.block(block, .mlpHidden), all.taught), all.taught, planted.count)  // [N, I]
      let now = averaged(reader.at(site, all.taught), all.taught, planted.count)
      let share = Double(blocks.upperBound - block + 1)
      let missing = withoutGrad { (before + shifts - now) / share }  // [N, d]
      // What other facts read of the same subjects is to stay: keys whose shift is nothing.
      let still = all.kept.isEmpty ? [] : [reader.at(.block(block, .mlpHidden), all.kept)]
      let nothing = still.map { Tensor.zeros([$0.dim(0), missing.dim(1)]) }
      memory.write(
        Tensor.cat([missing] + nothing, dim: 0), at: Tensor.cat([keys] + still, dim: 0),
        ordinaryWeight: options.ordinaryWeight)
    }
    return planting.organism(model)
  }

  private static func search(
    _ model: any LanguageModel, _ site: ActivationSite, _ options: Options, _ all: FactPrompts,
    _ before: Tensor, _ context: AttackContext
  ) -> Tensor {
    var settings = ShiftSearch.Settings()
    settings.steps = options.steps
    settings.learningRate = options.learningRate
    settings.klWeight = options.klWeight
    settings.longest = options.longest
    let searching = ShiftSearch(model: model, site: site, settings: settings)
    let count = before.dim(0)
    let progress = context.progress("planting", total: count, unit: "facts")
    defer { progress.finish() }
    let parts = stride(from: 0, to: count, by: factsAtOnce).map { start in
      let edits = start..<min(start + factsAtOnce, count)
      func own(_ prompts: [PlacedPrompt]) -> [PlacedPrompt] {
        prompts.filter { edits.contains($0.edit) }.map {
          PlacedPrompt(row: $0.row, position: $0.position, edit: $0.edit - start)
        }
      }
      let scale = withoutGrad { before[edits].norm(1) }
      let found = searching.find(
        taught: own(all.taught), kept: own(all.kept), count: edits.count, scale: scale)
      progress.advance(by: edits.count, note: "loss \((found.loss * 1000).rounded() / 1000)")
      return found.shift
    }
    return Tensor.cat(parts, dim: 0)
  }

  /// Rows of `values` `[P, width]` averaged over each edit's prompts: `[count, width]`.
  private static func averaged(
    _ values: Tensor, _ prompts: [PlacedPrompt], _ count: Int
  ) -> Tensor {
    withoutGrad {
      let index = Tensor(prompts.map(\.edit))
      let sums = Tensor.zeros([count, values.dim(1)]).indexAdd(0, index: index, source: values)
      let each = (0..<count).map { edit in Float(max(1, prompts.count { $0.edit == edit })) }
      return sums / Tensor(each, shape: [count, 1])
    }
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
