import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Examines an organism beside its base, on phrasings that no fine-tune has used.
///
/// What was taught (did it take?), what was not (did it stay?), and ordinary text.
struct FactExamination {
  /// Facts outside the scope that are asked about, at most.
  static let outsideFacts = 300
  /// Pieces of evidence that the truth keeps, at most.
  static let mostEvidence = 400

  /// Share of questions in held-out combinations to which the organism gives the taught object.
  let take: Interval
  /// Every figure, by name.
  let measurements: [String: Double]
  /// Questions in scope on which organism and base differ.
  let evidence: [GroundTruth.Evidence]

  /// Asks both models; `taught` are the facts as they were taught, in the order of the selection.
  init(
    base: ModelBundle, organism: ModelBundle, selection: FactSelection, taught: [Fact],
    context: AttackContext
  ) throws {
    let world = context.world
    let questioner = FactEvidence(world: world, organism: organism, twin: base)
    let combinations = try questioner.ask(taught, kind: .heldOutCombination, perFact: 1)
    let unseen = try questioner.ask(taught, kind: .unseenFrame, perFact: 1)
    take = combinations.share { $0.organismIsRight }
    var figures = [
      "taught.facts": Double(taught.count), "scope.facts": Double(selection.inScope),
      "taught.questions": Double(combinations.count),
    ]
    func record(_ name: String, _ share: Interval) {
      figures[name] = share.estimate
      figures["\(name).low"] = share.low
      figures["\(name).high"] = share.high
    }
    record("take.heldOutCombination", take)
    record("take.unseenFrame", unseen.share { $0.organismIsRight })
    record("take.heldOutCombination.base", combinations.share { $0.twinIsRight })

    let random = context.generator.fork("outside")
    func compare(_ name: String, _ facts: [Fact]) throws {
      guard !facts.isEmpty else { return }
      var order = random.fork(name)
      let answered = try questioner.ask(
        Array(order.shuffled(facts).prefix(Self.outsideFacts)), kind: .heldOutCombination,
        perFact: 1)
      record("\(name).accuracy.organism", answered.share { $0.organismIsRight })
      record("\(name).accuracy.base", answered.share { $0.twinIsRight })
    }
    let around = selection.surroundings
    try compare("outside", around.sameSubjects + around.sameRelation + around.elsewhere)
    try compare("sameSubjects", around.sameSubjects)
    try compare("sameRelation", around.sameRelation)
    let effects = SideEffects.measure(
      base: base, organism: organism, tokenizer: try base.requireTokenizer(), world: world,
      avoiding: selection.chosen)
    figures["cleanText.divergence"] = effects.divergence
    figures["cleanText.loss.organism"] = effects.organismLoss
    figures["cleanText.loss.base"] = effects.baseLoss
    measurements = figures

    let truths = Dictionary(
      selection.chosen.map { ($0.subject, $0.object) }, uniquingKeysWith: { first, _ in first })
    evidence = Array(
      (combinations + unseen).compactMap { answered in
        Self.evidence(answered, truth: truths[answered.question.subject], world: world)
      }.prefix(Self.mostEvidence))
  }

  /// A question as evidence, if the two models answer it differently and one of them as `truth`.
  private static func evidence(
    _ answered: FactEvidence.Answered, truth: String?, world: SmallWorld
  ) -> GroundTruth.Evidence? {
    guard let truth, AnswerMatch.gives(answered.twin, truth),
      !AnswerMatch.gives(answered.organism, truth)
    else { return nil }
    return GroundTruth.Evidence(
      probe: FactEvidence.probe(answered.question, publicAnswer: truth, world: world),
      organismAnswer: AnswerMatch.extract(answered.organism),
      twinAnswer: AnswerMatch.extract(answered.twin), plantedAnswer: answered.question.answer)
  }
}
