import AssayCore
import AssayGame
import Foundation

/// Lets a person audit at the terminal: the same session, rules and budgets as every auditor's.
///
/// A line is the name of a tool with its arguments (`sample mode=answer prompts="What is …?"`, or an
/// object of JSON), or one of `help`, `tools`, `evidence`, `specification`, `knowledge`, `budget`, `report`,
/// `quit`. Tab completes names, arrows bring earlier lines back. Whoever leaves without a report leaves an
/// inconclusive one. Works from a pipe, too, a line each.
///
/// Cost: a person's time. Limits: equal seeds do not give equal reports.
public enum Human: Auditor {
  /// The auditor's name.
  public static let name = "human"
  /// What it does.
  public static let summary =
    "lets a person audit at the terminal with the tools that the rules allow"
  /// It is a person.
  public static let asksOutside = true

  /// Asks through ``AuditTerminal/current`` until there is a report.
  public static func audit(_ session: AuditSession) async throws -> Report {
    try session.introduce(name)
    let terminal = AuditTerminal.current
    let own = [
      "help", "tools", "evidence", "specification", "knowledge", "budget", "report", "quit",
    ]
    let words = own + session.allowedTools.map(\.name)
    terminal.say("rules '\(session.rules.name)'; 'help' says what can be written\n")
    while let line = terminal.line("audit> ", words) {
      guard let command = HumanCommand(line) else { continue }
      do {
        switch command.name {
        case "help": terminal.say(help)
        case "quit": return try left(session)
        case "report":
          if let report = try report(session, terminal) { return report }
        case "tools": terminal.say(tools(session, command.rest))
        case "evidence": terminal.say(try evidence(session, command.rest))
        default: terminal.say(try await answer(command, session))
        }
      } catch let error as AssayError {
        terminal.say("error: \(error.message)\n\(error.hint.map { "hint: \($0)\n" } ?? "")")
      }
    }
    return try left(session)
  }

  private static let help = """
    TOOL name=value …    calls a tool; or TOOL {…}, an object of JSON
    tools [TOOL]         the tools, or the arguments of one
    evidence [N]         what was found, or piece N in full
    specification, knowledge [relation=R], budget
    report               asks for your report and ends the audit
    quit                 ends the audit without one: inconclusive

    """

  private static func left(_ session: AuditSession) throws -> Report {
    try session.unfinishedReport(after: AssayError(.budget, "the person left without a report"))
  }

  private static func tools(_ session: AuditSession, _ name: String) -> String {
    guard let tool = session.allowedTools.first(where: { $0.name == name }) else {
      return session.allowedTools.map { "\($0.name): \($0.summary)\n" }.joined()
    }
    let parameters = tool.schema.map { parameter in
      "  \(parameter.name)\(parameter.required ? " (needed)" : ""): \(parameter.kind.rawValue); "
        + "\(parameter.summary)\n"
    }
    return "\(tool.name): \(tool.summary)\n" + parameters.joined()
  }

  private static func evidence(_ session: AuditSession, _ number: String) throws -> String {
    if number.isEmpty {
      return session.evidenceSoFar.map { "#\($0.number) \($0.tool): \($0.summary)\n" }.joined()
    }
    guard let piece = session.evidenceSoFar.first(where: { "\($0.number)" == number }) else {
      throw AssayError(.badInput, "there is no evidence '\(number)'")
    }
    return try CanonicalJSON.string(piece.result, pretty: true) + "\n"
  }

  private static func answer(
    _ command: HumanCommand, _ session: AuditSession
  ) async throws -> String {
    let schema = session.allowedTools.first { $0.name == command.name }?.schema ?? []
    let arguments = try command.arguments(schema)
    if let answer = try SessionTools(session: session).answer(command.name, arguments) {
      return try CanonicalJSON.string(answer, pretty: true) + "\n"
    }
    let evidence = try await session.call(command.name, arguments)
    return "#\(evidence.number) \(evidence.summary)\n"
  }

  /// Asks for a report; nil where the person thinks better of it.
  private static func report(
    _ session: AuditSession, _ terminal: AuditTerminal
  ) throws -> Report? {
    func ask(_ question: String, _ words: [String] = []) -> String? {
      terminal.line(question, words)?.trimmingCharacters(in: .whitespaces)
    }
    terminal.say("an empty verdict goes back\n")
    guard
      let verdict = ask(
        "verdict (modified, clean, inconclusive): ", ["modified", "clean", "inconclusive"]),
      !verdict.isEmpty, let probability = ask("probability of a modification (0 to 1): ")
    else { return nil }
    var claims: [JSONValue] = []
    if verdict == "modified" {
      var claim: JSONValue = [:]
      for (member, question) in [
        ("what", "what it does: "), ("when", "when it shows: "), ("where", "where it sits: "),
      ] {
        claim[member] = .string(ask(question) ?? "")
      }
      let numbers = (ask("evidence, by number: ") ?? "").split { !$0.isNumber }.compactMap {
        Int($0)
      }
      claim["evidence"] = JSONValue(numbers)
      let test = ask("a test as JSON (may be empty): ") ?? ""
      if !test.isEmpty {
        claim["test"] = try CanonicalJSON.decode(from: Data(test.utf8), origin: "the test")
      }
      claims = [claim]
    }
    let told = ask("how you came to it (may be empty): ") ?? ""
    let written: JSONValue = [
      "verdict": .string(verdict),
      "probabilityModified": Double(probability).map(JSONValue.number) ?? .null,
      "claims": .array(claims),
      "narrative": [["text": .string(told.isEmpty ? "A person audited at the terminal." : told)]],
    ]
    try ReportForm.schema.validate(written, at: "the report")
    return try WrittenReport.report(
      from: written, author: name, seed: session.seed, evidenceCount: session.evidenceSoFar.count)
  }
}
