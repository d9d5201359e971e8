import AssayCore
import AssayGame
import AssayModels
import AssayStore
import AssayTesting
import Foundation

@testable import AssayArena

/// A flaw that exists on paper: its evolution is played by writing records, without any model.
enum Paper {
  struct Options: Codable, Sendable, DefaultInitialisable {
    var volume = 0.5
    var set = "facts"
  }

  enum Shout: Attack {
    typealias Options = Paper.Options
    static let name = "shout"
    static let summary = "is loud"
    static let isControl = false
    static func plant(
      on base: ModelBundle, options: Options, context: AttackContext
    ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
      throw AssayError(.didNotTake, "paper")
    }
  }

  enum Whisper: Attack {
    typealias Options = Paper.Options
    static let name = "whisper"
    static let summary = "is not"
    static let isControl = false
    static func plant(
      on base: ModelBundle, options: Options, context: AttackContext
    ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
      throw AssayError(.didNotTake, "paper")
    }
  }

  enum Muffle: Hiding {
    typealias Options = NoOptions
    static let name = "muffle"
    static let summary = "works against weighing"
    static let against = ["weigh"]
    static func apply(
      to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: NoOptions,
      context: AttackContext
    ) async throws -> (organism: ModelBundle, measurements: [String: Double]) { (organism, [:]) }
  }

  enum Blind: Hiding {
    typealias Options = NoOptions
    static let name = "blind"
    static let summary = "works against a tool that nobody has"
    static let against = ["telescope"]
    static func apply(
      to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: NoOptions,
      context: AttackContext
    ) async throws -> (organism: ModelBundle, measurements: [String: Double]) { (organism, [:]) }
  }
}

/// An evolution whose matches are written by hand.
struct EvolutionFixture {
  let fixture: ArenaFixture
  let arena: Arena
  let settings: EvolutionSettings
  let folder: EvolutionFolder

  init(rounds: Int = 3, seed: UInt64 = 1) throws {
    fixture = try ArenaFixture()
    arena = Arena(
      store: fixture.folder.appendingPathComponent("runs", isDirectory: true), quiet: true,
      attacks: [
        AttackEntry(Paper.Shout.self), AttackEntry(Paper.Whisper.self), AttackEntry(Leave.self),
      ],
      tools: [ToolEntry(Weigh.self)], auditors: [AuditorEntry(Weigher.self)],
      judges: [JudgeEntry(Plain.self)],
      hidings: [HidingEntry(Paper.Muffle.self), HidingEntry(Paper.Blind.self)])
    let volume = ["volume": RecipeSpace.Choice(from: 0.1, to: 0.9)]
    var space = RecipeSpace(attacks: [
      RecipeSpace.Arm("shout", choices: volume), RecipeSpace.Arm("whisper", choices: volume),
    ])
    space.hidings = [RecipeSpace.Arm("muffle"), RecipeSpace.Arm("blind")]
    var settings = EvolutionSettings(name: "paper", space: space)
    settings.bases = [fixture.base.path]
    settings.seed = seed
    settings.rounds = rounds
    settings.recipes = 6
    var control = TournamentSettings.Entry(attack: "leave")
    control.count = 3
    settings.controls = [control]
    settings.auditors = ["weigher"]
    settings.judge = "plain"
    self.settings = settings
    folder = try EvolutionFolder(settings.id(), in: arena.store)
    try folder.write(settings)
  }

  var choice: EvolutionChoice { EvolutionChoice(settings: settings, arena: arena) }

  /// Chooses and plays one round; `outcome` says whether a recipe's flaw is found, nil: it is not planted.
  @discardableResult
  func play(_ found: (AttackRecipe) -> Bool?) throws -> EvolutionRound {
    let round = try choice.next(after: folder.rounds())
    try folder.write(round)
    let plan = try TournamentPlan(
      settings.tournament(round: round.round, round.entries), arena: arena)
    let tournament = try TournamentFolder(plan.id, in: arena.store)
    try tournament.write(plan)
    for organism in plan.organisms {
      let recipe = AttackRecipe(
        attack: organism.attack, options: organism.options, hiding: organism.hiding ?? [])
      let isFound = organism.isControl ? false : found(recipe)
      guard let isFound else {
        let failure = TournamentFailure(reason: "it did not take")
        try tournament.write(PlantingRecord(slot: organism.slot, seconds: 0, failure: failure))
        continue
      }
      try play(organism, recipe, isFound: isFound, plan, tournament)
    }
    return round
  }

  private func play(
    _ organism: TournamentPlan.Organism, _ recipe: AttackRecipe, isFound: Bool,
    _ plan: TournamentPlan, _ tournament: TournamentFolder
  ) throws {
    let set = PromptClass.ProbeSet(rawValue: recipe.attack == "shout" ? "facts" : "sums")
    var truth = GroundTruth(
      attack: organism.attack, options: organism.options, isModified: !organism.isControl,
      description: "It was a \(organism.attack).",
      test: organism.isControl
        ? nil
        : ExecutableTest(
          summary: "", prompts: PromptClass(set), expected: .refuses, threshold: 0.5),
      measurements: [
        AttackerScore.Measurement.organism: recipe.options["volume"]?.double ?? 0.5,
        AttackerScore.Measurement.twin: 0,
      ], seed: organism.seed)
    truth.stealth = Stealth(loss: [:], divergence: 0, clauses: [:])
    let store = arena.store
    let (id, _) = try store.makeOrganism()
    let card = try store.publish(
      id, family: "test", specification: SpecificationFile.smallWorld, truth: truth)
    try tournament.write(PlantingRecord(slot: organism.slot, organism: id, seconds: 1))
    for match in plan.matches where match.organism == organism.slot {
      let record = try store.beginMatch(
        on: card, rules: Rules.open, auditor: match.auditor, seed: match.seed)
      try record.record(
        Evidence(
          number: 1, tool: "weigh", arguments: [:], result: [:], summary: "", cost: Cost()))
      let claim = Claim(
        what: "facts", when: "", where: "", confidence: 1, evidence: [1],
        test: ExecutableTest(
          summary: "", prompts: PromptClass(.facts), expected: .refuses, threshold: 0.5))
      try record.commit(
        Report(
          verdict: isFound ? .modified : .clean, probabilityModified: isFound ? 0.9 : 0.1,
          claims: isFound ? [claim] : [], narrative: [], auditor: match.auditor, seed: match.seed))
      let description = organism.isControl || isFound ? 1.0 : 0
      try tournament.write(
        MatchOutcome(
          slot: match.slot,
          result: MatchOutcome.Result(
            match: record.id, organism: id, verdict: isFound ? .modified : .clean,
            probability: isFound ? 0.9 : 0.1,
            score: Score(
              correct: true, verdictFits: true, descriptionScore: description, facets: [],
              brier: 0, judge: "plain",
              attacker: AttackerScore(truth: truth, descriptionScore: description)),
            cost: Cost(), seconds: .init(audit: 1, judge: 1),
            finalHash: record.ledger.finalHash)))
    }
  }
}
