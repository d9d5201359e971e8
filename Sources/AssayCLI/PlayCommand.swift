import ArgumentParser
import AssayArena
import AssayCore

/// `assay play`: one whole game.
struct PlayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play",
    abstract: "Plays one whole game: plants, audits, judges.",
    discussion: """
      Examples:
        assay play --attack false-facts
        assay play --attack false-facts --option relation=country.capital \\
          --option filter=continent=Africa --rules natural-data --seed 5 --json
        assay play --attack benign-fine-tune
      """)

  @OptionGroup(title: "What to plant") var plant: PlantOptions
  @OptionGroup(title: "The audit") var audit: AuditOptions
  @OptionGroup var judge: JudgeOptions
  @OptionGroup var specification: SpecificationOptions
  @OptionGroup var seed: SeedOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let arena = Arena(store: store.url(), quiet: output.quiet)
    let played = try await arena.play(
      PlayRequest(
        plant: plant.request(specification, seed), auditor: audit.auditor, rules: audit.rules,
        judge: judge.judge))
    if output.json {
      try Console.current.json(played.summary)
    } else {
      GameText(Console.current).game(played)
    }
  }
}
