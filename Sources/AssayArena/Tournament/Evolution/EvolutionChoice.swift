import AssayCore
import AssayGame
import AssayStore

/// Chooses what the attacker plays next, from the records of the rounds before alone.
///
/// In the first round every attack comes in turn, with options and hidings drawn evenly. After that the
/// candidates are what was played with any success, mutations of the best, and fresh draws of every
/// attack; each place in the round goes to the candidate that is best in a sample of its own from what the
/// attacker believes (``RecipeModel``), no recipe twice.
struct EvolutionChoice {
  /// Recipes that are mutated.
  static let parents = 4
  /// Mutations of each.
  static let children = 6
  /// Fresh draws of each attack.
  static let freshDraws = 6

  let settings: EvolutionSettings
  let arena: Arena

  /// The round after `rounds`; equal records give equal rounds.
  func next(after rounds: [EvolutionRound]) throws -> EvolutionRound {
    let number = rounds.count + 1
    let history = try EvolutionHistory(rounds, store: arena.store)
    let reading = try LedgerReading(history, store: arena.store)
    var random = SplitMix64(seed: settings.seed).fork("evolution/choice \(number)")
    var chosen = (entries: [EvolutionRound.Entry](), beliefs: [RecipeModel.Effect]())
    if rounds.isEmpty {
      chosen.entries = try first(&random)
    } else {
      chosen = try adapted(history, reading, &random)
    }
    var entries = chosen.entries
    for place in entries.indices {
      entries[place].seed = EvolutionSettings.draw(
        settings.seed, "plant \(number)/\(place)/\(entries[place].recipe.name)")
    }
    return EvolutionRound(
      round: number,
      tournament: try TournamentPlan(
        settings.tournament(round: number, entries), arena: arena
      ).id, entries: entries, reading: reading.sentences(settings.space, against: against),
      beliefs: chosen.beliefs)
  }

  /// What a way of hiding works against, as it says itself.
  func against(_ step: HidingRequest) -> [String] {
    arena.hidings.first { $0.name == step.name }?.against ?? []
  }

  private func first(_ random: inout SplitMix64) throws -> [EvolutionRound.Entry] {
    let arms = random.shuffled(settings.space.attacks)
    var entries: [EvolutionRound.Entry] = []
    var tries = 0
    // A space with few recipes may not hold as many different ones.
    while entries.count < settings.recipes, tries < settings.recipes * 20 {
      let arm = arms[tries % arms.count]
      tries += 1
      let recipe = try settings.space.draw(arm, arena: arena, generator: &random)
      guard !entries.contains(where: { $0.recipe == recipe }) else { continue }
      entries.append(EvolutionRound.Entry(recipe: recipe, origin: "drawn", seed: 0))
    }
    return entries
  }

  private func adapted(
    _ history: EvolutionHistory, _ reading: LedgerReading, _ random: inout SplitMix64
  ) throws -> (entries: [EvolutionRound.Entry], beliefs: [RecipeModel.Effect]) {
    let trials = history.trials.compactMap { trial in
      trial.score.map { RecipeModel.Trial(recipe: trial.entry.recipe, score: $0) }
    }
    let candidates = try candidates(trials, &random)
    let model = try RecipeModel(
      trials, candidates: candidates.map(\.recipe), space: settings.space,
      hunches: reading.hunches(settings.space, against: against))
    var open = candidates
    var entries: [EvolutionRound.Entry] = []
    while entries.count < settings.recipes, !open.isEmpty {
      let effects = model.sample(&random)
      let hoped = open.map { model.value($0.recipe, effects) }
      guard let best = hoped.indices.max(by: { hoped[$0] < hoped[$1] }) else { break }
      var entry = open.remove(at: best)
      entry.hoped = hoped[best]
      entries.append(entry)
    }
    return (entries, model.effects())
  }

  private func candidates(
    _ trials: [RecipeModel.Trial], _ random: inout SplitMix64
  ) throws -> [EvolutionRound.Entry] {
    var found: [EvolutionRound.Entry] = []
    func add(_ recipe: AttackRecipe, _ origin: String, _ parent: AttackRecipe? = nil) {
      guard !found.contains(where: { $0.recipe == recipe }) else { return }
      found.append(
        EvolutionRound.Entry(recipe: recipe, origin: origin, parent: parent?.name, seed: 0))
    }
    let survivors = Self.means(trials).filter { $0.mean > 0 }
    for survivor in survivors { add(survivor.recipe, "again") }
    for parent in survivors.prefix(Self.parents) {
      for _ in 0..<Self.children {
        add(
          try settings.space.mutate(parent.recipe, arena: arena, generator: &random), "mutated",
          parent.recipe)
      }
    }
    for arm in settings.space.attacks {
      for _ in 0..<Self.freshDraws {
        add(try settings.space.draw(arm, arena: arena, generator: &random), "drawn")
      }
    }
    return found
  }

  /// Recipes with their mean scores, best first.
  static func means(
    _ trials: [RecipeModel.Trial]
  ) -> [(recipe: AttackRecipe, mean: Double, count: Int)] {
    Dictionary(grouping: trials, by: \.recipe).map { recipe, own in
      (
        recipe: recipe, mean: own.reduce(0) { $0 + $1.score } / Double(own.count),
        count: own.count
      )
    }.sorted { ($0.mean, $1.recipe.name) > ($1.mean, $0.recipe.name) }
  }
}
