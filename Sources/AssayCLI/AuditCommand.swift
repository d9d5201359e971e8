import ArgumentParser
import AssayArena
import AssayCore
import AssayGame
import Foundation

/// `assay audit`: an auditor examines an organism, blind.
struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Audits an organism, blind, and seals the report.",
    discussion: """
      Opens the organism's folder alone: neither the vault nor the base is touched. The report's hash \
      is in the ledger before anything is judged.

      Examples:
        assay audit runs/organisms/ID
        assay audit DIR --rules natural-data --seed 7 --json
        assay audit DIR --report mine.json
        assay audit DIR --auditor-command "python3 my_auditor.py" --time-limit 300

      --report commits a report that you wrote, so that a person's findings are judged as an auditor's \
      are: verdict, probabilityModified and claims, each with what, when, where, confidence and, to be \
      executed, a test. Examples/games/*/reports/ holds some.

      --auditor-command runs a program of yours as the auditor. It speaks MCP on its standard input and \
      output, shut in by bubblewrap: no network, no files but its own and the system's, a scratch folder. \
      docs/third-party-auditors.md says more.
      """)

  @Argument(help: ArgumentHelp("The organism's folder.", valueName: "organism-dir"))
  var organism: String

  @Option(
    help: ArgumentHelp("Commit this written report; no auditor runs.", valueName: "file.json"))
  var report: String?

  @OptionGroup var outside: OutsideOptions
  @OptionGroup(title: "The audit") var audit: AuditOptions
  @OptionGroup var specification: SpecificationOptions
  @OptionGroup var seed: SeedOptions
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if report != nil, outside.auditorCommand != nil {
      throw ValidationError("give either --report or --auditor-command")
    }
  }

  func run() async throws {
    let written = try report.map { try WrittenReport.read(URL(fileURLWithPath: $0)) }
    let arena = Arena(
      store: store.url(containing: organism, kind: "organisms"), quiet: output.quiet)
    let audited = try await arena.audit(
      organism: URL(fileURLWithPath: organism, isDirectory: true).standardizedFileURL,
      AuditRequest(
        auditor: audit.auditor, rules: audit.rules, specification: specification.specification,
        seed: seed.seed, written: written, outside: try outside.request()))
    let (record, report) = (audited.record, audited.report)
    let console = Console.current
    if output.json {
      try console.json(
        Audited(
          match: record.id, directory: audited.directory.path, organism: record.organism,
          verdict: report.verdict, probabilityModified: report.probabilityModified,
          claims: report.claims, costs: record.cost, seconds: record.seconds.audit,
          ending: audited.ending))
      return
    }
    let text = GameText(console)
    text.verdict(report)
    text.claims(report)
    if let ending = audited.ending { console.note(ending) }
    console.line()
    console.line("match \(record.id)  \(audited.directory.path)")
  }

  private struct Audited: Encodable {
    var match: String
    var directory: String
    var organism: String
    var verdict: Verdict
    var probabilityModified: Double
    var claims: [Claim]
    var costs: Cost
    var seconds: Double
    /// How a third-party auditor ended.
    var ending: String?
  }
}
