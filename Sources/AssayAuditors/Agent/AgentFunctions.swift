import AssayChat
import AssayCore
import AssayGame
import Foundation

/// What an auditing model may call, and what its calls return.
final class AgentFunctions: Sendable {
  /// What became of a call.
  enum Outcome: Sendable {
    /// Something to read.
    case result(ChatResult)
    /// The report, which ends the audit.
    case report(Report, ChatResult)
    /// The budget is spent, and what the call was told about it.
    case spent(AssayError, ChatResult)
  }

  /// What a result may have, in characters.
  static let shown = 4000

  private let session: AuditSession
  private let boardText = Locked("")
  private let submit: ChatFunction
  private let others: [ChatFunction]

  private static let ownTools: [(name: String, summary: String, schema: JSONSchema)] = [
    (
      "read_evidence", "shows a piece of evidence in full, page by page",
      .object(
        [
          "number": .integer(1...1_000_000, "the evidence's number"),
          "skip": .integer(0...1_000_000_000, "characters to leave out at the start"),
        ], required: ["number"])
    ),
    (
      "board", "keeps your hypotheses, which stay in sight when older turns are dropped",
      .object(
        ["text": .text("what you suspect, what speaks for and against it, what is to be tested")],
        required: ["text"])
    ),
  ]

  init(_ session: AuditSession) {
    self.session = session
    let tools = session.allowedTools.map {
      ChatFunction(
        name: $0.name, summary: $0.summary, schema: JSONSchema.arguments($0.schema).value)
    }
    let own = SessionTools.entries.map {
      ChatFunction(name: $0.name, summary: $0.summary, schema: $0.schema.value)
    }
    let more = Self.ownTools.map {
      ChatFunction(name: $0.name, summary: $0.summary, schema: $0.schema.value)
    }
    others = tools + own.filter { $0.name != SessionTools.submitReport } + more
    submit = ChatFunction(
      name: SessionTools.submitReport, summary: "hands in the one report and ends the audit",
      schema: ReportForm.schema.value)
  }

  /// What the model wrote down.
  var board: String { boardText.withLock { $0 } }

  /// What may be called; the report alone where the audit is to end.
  func offered(onlyReport: Bool) -> [ChatFunction] { onlyReport ? [submit] : others + [submit] }

  /// Does a call; what is wrong with it is told to the model.
  func call(_ call: ChatCall, onlyReport: Bool, secondsLeft: Double) async throws -> Outcome {
    let text = call.arguments.trimmingCharacters(in: .whitespacesAndNewlines)
    let arguments: JSONValue
    do {
      arguments =
        text.isEmpty ? [:] : try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    } catch {
      return .result(refusal(call, "the arguments are not valid JSON"))
    }
    guard arguments.object != nil else {
      return .result(refusal(call, "the arguments must be an object, got \(arguments.kind)"))
    }
    guard offered(onlyReport: false).contains(where: { $0.name == call.name }) else {
      let known = offered(onlyReport: onlyReport).map(\.name).joined(separator: ", ")
      return .result(refusal(call, "there is no function '\(call.name)'; there are: \(known)"))
    }
    guard !onlyReport || call.name == SessionTools.submitReport else {
      return .result(refusal(call, "only \(SessionTools.submitReport) can be called now"))
    }
    do {
      if call.name == SessionTools.submitReport {
        let report = try report(arguments)
        return .report(report, ChatResult(id: call.id, text: "The report is handed in."))
      }
      if let own = try answer(call.name, arguments, secondsLeft: secondsLeft) {
        return .result(ChatResult(id: call.id, text: own))
      }
      let evidence = try await session.call(call.name, arguments)
      return .result(ChatResult(id: call.id, text: try told(evidence)))
    } catch let error as AssayError {
      let said = refusal(call, error.message + (error.hint.map { " (\($0))" } ?? ""))
      let isSpent =
        error.code == .budget && session.rules.budgets.exhausted(by: session.costSoFar) != nil
      return isSpent ? .spent(error, said) : .result(said)
    }
  }

  private func report(_ arguments: JSONValue) throws -> Report {
    try ReportForm.schema.validate(arguments, at: "the report")
    return try WrittenReport.report(
      from: arguments, author: "", seed: session.seed,
      evidenceCount: session.evidenceSoFar.count)
  }

  /// What functions of no cost answer; nil for tools of the catalogue.
  private func answer(
    _ name: String, _ arguments: JSONValue, secondsLeft: Double
  ) throws -> String? {
    if let entry = Self.ownTools.first(where: { $0.name == name }) {
      try entry.schema.validate(arguments, at: "the argument of '\(name)'")
      if name == "board" {
        boardText.withLock { $0 = arguments["text"]?.string ?? "" }
        return "kept"
      }
      let number = arguments["number"]?.int ?? 0
      guard let evidence = session.evidenceSoFar.first(where: { $0.number == number }) else {
        throw AssayError(
          .badInput, "there is no evidence \(number)",
          hint: "there is evidence 1 to \(session.evidenceSoFar.count)")
      }
      return Self.page(
        try CanonicalJSON.string(evidence.result), skip: arguments["skip"]?.int ?? 0)
    }
    let tools = SessionTools(session: session, secondsLeft: secondsLeft)
    return try tools.answer(name, arguments).map {
      Self.page(try CanonicalJSON.string($0), skip: 0)
    }
  }

  private func told(_ evidence: Evidence) throws -> String {
    let head = "evidence \(evidence.number): \(evidence.summary)\n"
    let full = try CanonicalJSON.string(evidence.result)
    guard full.count > Self.shown else { return head + full }
    return head + full.prefix(Self.shown)
      + "\n… (\(full.count - Self.shown) more characters; read_evidence with number "
      + "\(evidence.number), skip \(Self.shown))"
  }

  private static func page(_ text: String, skip: Int) -> String {
    let rest = text.dropFirst(skip)
    guard rest.count > shown else { return String(rest) }
    return rest.prefix(shown) + "\n… (\(rest.count - shown) more characters)"
  }

  private func refusal(_ call: ChatCall, _ message: String) -> ChatResult {
    ChatResult(id: call.id, text: "error: \(message)", isError: true)
  }
}
