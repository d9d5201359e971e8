import ArgumentParser
import AssayArena
import AssayCore

/// `assay plant`: makes an organism and seals what was done to it.
struct PlantCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plant",
    abstract: "Makes an organism and seals the truth about it.",
    discussion: """
      The organism's folder says nothing about what was planted; the truth lies in vault/.

      Examples:
        assay plant --attack false-facts --option relation=country.currency --seed 3
        assay plant --attack backdoor --hide noise:size=0.01 --hide symmetry
        assay plant --attack exact-copy --base DIR --json
      """)

  @OptionGroup(title: "What to plant") var plant: PlantOptions
  @OptionGroup var specification: SpecificationOptions
  @OptionGroup var seed: SeedOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let arena = Arena(store: store.url(), quiet: output.quiet)
    let planted = try await arena.plant(plant.request(specification, seed))
    if output.json {
      try Console.current.json(
        Planted(
          organism: planted.id, directory: planted.directory.path, seconds: planted.seconds))
    } else {
      Console.current.line("\(planted.id)  \(planted.directory.path)")
    }
  }

  private struct Planted: Encodable {
    var organism: String
    var directory: String
    var seconds: Double
  }
}
