import AssayArena
import AssayCore
import Foundation

/// An evolution's report in words and tables for a terminal.
struct EvolutionText {
  private let console: Console
  private let ink: Ink

  init(_ console: Console) {
    self.console = console
    ink = Ink(console)
  }

  func report(_ report: EvolutionReport) {
    console.line(ink.rule("evolution \(report.evolution)"))
    for warning in report.warnings {
      console.item(warning, bullet: ink.wait("! "))
    }
    rounds(report.rounds)
    ratings(report.ratings)
    recipes(report.recipes)
    beliefs(report.beliefs)
    if !report.reading.isEmpty {
      console.heading("What the ledgers show")
      for line in report.reading { console.item(line, most: 4) }
    }
    unfound(report.nobodyFound)
  }

  /// What a round plays, told before it begins.
  func announce(_ round: EvolutionRound, of count: Int) {
    console.note("round \(round.round) of \(count), tournament \(round.tournament)")
    for line in round.reading { console.note("  \(line)") }
    for entry in round.entries {
      console.note("  \(entry.origin): \(entry.recipe.described)")
    }
  }

  private func rounds(_ rounds: [EvolutionReport.Round]) {
    console.heading("The attacker, round by round")
    console.table(
      TextTable(
        ["round", "planted", "escaped", "", "damage", "stealth", "score", "false alarms", "rating"]
      ).lines(
        rounds.map { round in
          ["\(round.round)"] + cells(round.success)
            + ["\(round.falseAlarms) of \(round.controlMatches)", rating(round.rating)]
        }))
  }

  private func ratings(_ ratings: [Rating]) {
    console.heading("Ratings")
    console.table(
      TextTable(["who", "rating", "won"]).lines(
        ratings.map { own in
          [
            own.side == "attack" ? "attacker, \(own.name)" : "\(own.side) \(own.name)",
            rating(own.rating), "\(own.wins) of \(own.matches)",
          ]
        }))
  }

  private func recipes(_ recipes: [EvolutionReport.Recipe]) {
    console.heading("The best recipes")
    let best = recipes.prefix(8)
    console.table(
      TextTable(
        ["recipe", "planted", "escaped", "", "damage", "stealth", "score", "rating"]
      ).lines(
        best.map { recipe in [recipe.name] + cells(recipe.success) + [rating(recipe.rating)] }))
    for recipe in best { console.item("\(recipe.name): \(recipe.described)", most: 4) }
    let failed = recipes.filter { $0.success.planted == 0 }
    if !failed.isEmpty {
      console.line("\(failed.count) recipes could not be planted:")
      for recipe in failed.prefix(4) {
        console.item("\(recipe.described): \(recipe.failure ?? "")", most: 4)
      }
    }
  }

  private func beliefs(_ effects: [RecipeModel.Effect]) {
    console.heading("What the attacker believes: effects on its score")
    // The ends of the list are what it acts on.
    let shown = effects.count > 16 ? Array(effects.prefix(8) + effects.suffix(8)) : effects
    console.table(
      TextTable(["effect", "from ledgers", "now", ""]).lines(
        shown.map { effect in
          [
            effect.name, String(format: "%+.2f", effect.hunch),
            String(format: "%+.2f", effect.effect.estimate),
            String(format: "[%+.2f %+.2f]", effect.effect.low, effect.effect.high),
          ]
        }))
    if shown.count < effects.count {
      console.line(ink.faint("\(effects.count - shown.count) weaker ones are in --json"))
    }
  }

  private func unfound(_ unfound: [EvolutionReport.Unfound]) {
    console.heading("What nobody found")
    guard !unfound.isEmpty else {
      console.line("Every organism was found by somebody.")
      return
    }
    for one in unfound.prefix(8) {
      console.item(
        "round \(one.round), score \(two(one.score)), \(one.organism): \(one.description)", most: 3
      )
    }
    if unfound.count > 8 {
      console.line("  and \(unfound.count - 8) more, in --json and on the page")
    }
  }

  // MARK: Words

  private func cells(_ success: EvolutionReport.Success) -> [String] {
    let all = success.planted + success.notPlanted
    return [
      "\(success.planted) of \(all)", "\(success.escaped) of \(success.matches)",
      success.matches > 0
        ? "[\(two(success.escapeRate.low)) \(two(success.escapeRate.high))]" : "–",
      two(success.damage), two(success.stealth), two(success.score),
    ]
  }

  private func rating(_ rating: Interval?) -> String {
    guard let rating else { return "–" }
    return String(
      format: "%.0f [%.0f %.0f]", rating.estimate, rating.low, rating.high)
  }

  private func two(_ value: Double) -> String {
    value.isFinite ? String(format: "%.2f", value) : "–"
  }

}
