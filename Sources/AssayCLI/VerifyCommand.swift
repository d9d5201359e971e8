import ArgumentParser
import AssayArena
import AssayCore
import AssayStore

/// `assay verify`: checks that a match's record was not changed and that the score follows from it.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks a match's record: chain, commitments, score.",
    discussion: """
      Exit code 1 when a check fails.

      Example:
        assay verify ID
      """)

  @Argument(help: "The match's id or folder.")
  var match: String

  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() async throws {
    let arena = Arena(
      store: store.url(containing: match, kind: "matches"), quiet: output.quiet)
    let checks = try arena.verify(match: match)
    let passed = checks.allSatisfy(\.passed)
    let console = Console.current
    if output.json {
      try console.json(Verified(match: match, verified: passed, checks: checks))
    } else {
      GameText(console).checks(checks)
    }
    if !passed { throw ExitCode(1) }
  }

  private struct Verified: Encodable {
    var match: String
    var verified: Bool
    var checks: [VerificationCheck]
  }
}
