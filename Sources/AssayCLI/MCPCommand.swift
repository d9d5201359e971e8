import ArgumentParser
import AssayArena
import AssayCore
import Foundation

/// `assay mcp`: serves an audit's tools to a client of the Model Context Protocol.
struct MCPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mcp",
    abstract: "Serves an audit to an MCP client on standard input and output.",
    discussion: """
      The tools are those that the rules allow, and 'specification', 'knowledge', 'budget' and \
      'submit_report', which ends the match. A client that leaves before its report can go on with \
      --match. The client runs with your rights: to shut an auditor in, use assay audit \
      --auditor-command.

      Examples:
        assay mcp runs/organisms/ID --rules natural-data
        assay mcp --match ID
      """)

  @Argument(help: ArgumentHelp("The organism's folder: begins a match.", valueName: "organism-dir"))
  var organism: String?

  @Option(help: ArgumentHelp("Go on with this match instead.", valueName: "id"))
  var match: String?

  @Option(help: ArgumentHelp("What the record calls the auditor.", valueName: "name"))
  var name = Arena.servedName

  @Option(
    help: ArgumentHelp(
      "The rules: open, natural-data, black-box, or a YAML file.", valueName: "rules"))
  var rules = "open"

  @Option(
    help: ArgumentHelp(
      "Seconds after which the match ends inconclusive. (default: no limit)", valueName: "seconds"))
  var timeLimit: Double?

  @OptionGroup var specification: SpecificationOptions
  @OptionGroup var seed: SeedOptions
  @OptionGroup var store: StoreOptions

  func validate() throws {
    if (organism == nil) == (match == nil) {
      throw ValidationError("give either an organism's folder or --match")
    }
    if let timeLimit, !(timeLimit > 0) { throw ValidationError("--time-limit must be positive") }
  }

  func run() async throws {
    let limits = OutsideLimits(seconds: timeLimit)
    // Whatever else is printed must not get between the messages.
    let output = dup(STDOUT_FILENO)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    defer { close(output) }
    let console = Console.current
    let id = Locked("")
    let began: @Sendable (String) -> Void = { match in
      id.withLock { $0 = match }
      console.note("serving match \(match)")
    }
    let served: AuditedMatch?
    if let organism {
      let arena = Arena(store: store.url(containing: organism, kind: "organisms"), quiet: true)
      served = try await arena.serve(
        organism: URL(fileURLWithPath: organism, isDirectory: true).standardizedFileURL,
        AuditRequest(
          auditor: name, rules: rules, specification: specification.specification,
          seed: seed.seed), limits: limits, input: STDIN_FILENO, output: output, began: began)
    } else {
      let match = match ?? ""
      let arena = Arena(store: store.url(containing: match, kind: "matches"), quiet: true)
      served = try await arena.serve(
        match: match, limits: limits, input: STDIN_FILENO, output: output, began: began)
    }
    if let served {
      console.note(
        "match \(served.record.id) is over: \(served.report.verdict.rawValue); now: assay judge "
          + served.directory.path)
    } else {
      console.note(
        "the client left without a report; if it asked anything: assay mcp --match "
          + id.withLock { $0 })
    }
  }
}
