import ArgumentParser
import AssayArena
import AssayCore
import Foundation

/// `assay judge agreement`: how far the judges of a store agree.
struct JudgeAgreementCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agreement",
    abstract: "Says how far judges agree on the reports that several of them marked.",
    discussion: """
      Quadratically weighted kappa and Spearman's correlation over the facets of planted flaws, with
      95 % intervals from resampled matches. Controls are left out: there every judge goes by the
      verdict.

      Example:
        assay judge agreement --store runs --json
      """)

  @OptionGroup var seed: SeedOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let arena = Arena(store: store.url(), quiet: output.quiet)
    let found = try arena.agreement(seed: seed.seed)
    let console = Console.current
    if output.json {
      try console.json(found)
      return
    }
    guard !found.isEmpty else {
      console.line("no match has been judged by two judges")
      return
    }
    func text(_ interval: Interval?) -> String {
      interval.map { String(format: "%.2f (%.2f to %.2f)", $0.estimate, $0.low, $0.high) }
        ?? "not defined: one judge's marks are all alike"
    }
    for pair in found {
      let agreement = pair.agreement
      console.line(
        "\(pair.first) and \(pair.second): \(agreement.matches) matches, \(agreement.marks) marks")
      console.line("  weighted kappa  \(text(agreement.kappa))")
      console.line("  Spearman        \(text(agreement.spearman))")
    }
  }
}
