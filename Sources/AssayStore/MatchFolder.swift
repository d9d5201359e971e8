import AssayCore
import Foundation

/// One match on disk: its ledger, evidence, report and score.
///
/// Everything that is written here is entered in the ledger with the hash of its file.
public struct MatchFolder: Sendable {
  /// The folder.
  public let url: URL
  /// The record of what happened.
  public let ledger: Ledger

  /// Opens the match in `url`; its ledger is verified on the way.
  public init(_ url: URL) throws {
    self.url = url
    ledger = try Ledger(url.appendingPathComponent("ledger.jsonl"))
  }

  /// The id, which is the folder's name.
  public var id: String { url.lastPathComponent }
  /// Where the head of the record lies.
  public var recordFile: URL { url.appendingPathComponent("match.json") }
  /// Where the report lies.
  public var reportFile: URL { url.appendingPathComponent("report.json") }
  /// Where the score lies.
  public var scoreFile: URL { url.appendingPathComponent("score.json") }
  /// Where second opinions lie, one file for each judge.
  public var opinionsFolder: URL { url.appendingPathComponent("opinions", isDirectory: true) }
  /// Where the page for people lies.
  public var pageFile: URL { url.appendingPathComponent("report/index.html") }
  /// Where evidence number `number` lies.
  public func evidenceFile(_ number: Int) -> URL {
    evidenceFolder.appendingPathComponent(Self.evidenceName(number))
  }

  /// What the ledger's first entry says: organism, commitment, rules, auditor, seed.
  public func start() throws -> JSONValue {
    guard let first = ledger.entries.first, first.kind == LedgerKind.start else {
      throw AssayError(
        .integrity, "the ledger of match '\(id)' does not begin with a start entry")
    }
    return first.body
  }

  // MARK: During the audit

  /// Stores evidence and enters the call in the ledger.
  public func record(_ evidence: Evidence) throws {
    try evidenceFolder.makeFolder()
    let hash = try JSONFile.write(evidence, to: evidenceFile(evidence.number))
    try ledger.append(
      LedgerKind.call,
      [
        "number": JSONValue(evidence.number), "tool": .string(evidence.tool),
        "arguments": .string(Digest.sha256(try CanonicalJSON.data(evidence.arguments))),
        "cost": CanonicalJSON.value(evidence.cost), "summary": .string(evidence.summary),
        "evidence": .string(hash),
      ])
  }

  /// Enters a call that returned nothing in the ledger: refused, or failed inside the tool.
  public func record(
    _ error: AssayError, kind: String, tool: String, arguments: JSONValue
  ) throws {
    try ledger.append(
      kind,
      [
        "tool": .string(tool), "code": .string(error.code.rawValue),
        "message": .string(error.message),
        "arguments": .string(Digest.sha256(try CanonicalJSON.data(arguments))),
      ])
  }

  /// Stores the report and commits to it in the ledger; only one report counts.
  public func commit(_ report: Report) throws {
    guard !ledger.entries.contains(where: { $0.kind == LedgerKind.report }) else {
      throw AssayError(.forbidden, "match '\(id)' has a report already; one answer counts")
    }
    let hash = try JSONFile.write(report, to: reportFile)
    try ledger.append(
      LedgerKind.report,
      ["file": "report.json", "sha256": .string(hash), "verdict": .string(report.verdict.rawValue)])
  }

  // MARK: After the audit

  /// Stores the score and enters it in the ledger; the truth must have been opened for it.
  public func commit(_ score: Score) throws {
    guard ledger.entries.contains(where: { $0.kind == LedgerKind.truthOpened }) else {
      throw AssayError(.forbidden, "match '\(id)' cannot be scored before its truth is opened")
    }
    guard !ledger.entries.contains(where: { $0.kind == LedgerKind.score }) else {
      throw AssayError(.forbidden, "match '\(id)' is scored already")
    }
    let hash = try JSONFile.write(score, to: scoreFile)
    try ledger.append(
      LedgerKind.score,
      ["file": "score.json", "sha256": .string(hash), "judge": .string(score.judge)])
  }

  /// Stores a second opinion and enters it in the ledger; each judge gives one.
  public func commit(opinion score: Score) throws {
    guard ledger.entries.contains(where: { $0.kind == LedgerKind.truthOpened }) else {
      throw AssayError(.forbidden, "match '\(id)' cannot be scored before its truth is opened")
    }
    guard !opinionJudges.contains(score.judge) else {
      throw AssayError(
        .forbidden, "judge '\(score.judge)' has given its opinion on match '\(id)' already")
    }
    try opinionsFolder.makeFolder()
    let name = "\(score.judge).json"
    let hash = try JSONFile.write(score, to: opinionsFolder.appendingPathComponent(name))
    try ledger.append(
      LedgerKind.opinion,
      [
        "file": .string("opinions/\(name)"), "sha256": .string(hash),
        "judge": .string(score.judge),
      ])
  }

  /// Writes the head of the record, `match.json`, with the ledger's last hash as `finalHash`.
  ///
  /// Call it again whenever the head changes and after the last entry of the ledger.
  public func writeRecord<Record: Encodable>(_ record: Record) throws {
    var value = try CanonicalJSON.value(record)
    value["finalHash"] = .string(ledger.finalHash)
    try JSONFile.write(value, to: recordFile)
  }

  /// Writes the page for people.
  public func writePage(_ html: String) throws {
    try pageFile.deletingLastPathComponent().makeFolder()
    try AtomicFile.write(Data(html.utf8), to: pageFile)
  }

  // MARK: Reading

  /// The head of the record.
  public func readRecord<Record: Decodable>(_ type: Record.Type = Record.self) throws -> Record {
    try JSONFile.read(from: recordFile)
  }

  /// The report; throws `AssayError(.notFound)` before there is one.
  public func report() throws -> Report { try JSONFile.read(from: reportFile) }

  /// The score; throws `AssayError(.notFound)` before there is one.
  public func score() throws -> Score { try JSONFile.read(from: scoreFile) }

  /// The judges that gave a second opinion, in order.
  public var opinionJudges: [String] {
    ledger.entries.filter { $0.kind == LedgerKind.opinion }.compactMap { $0.body["judge"]?.string }
  }

  /// All second opinions, in order.
  public func opinions() throws -> [Score] {
    try opinionJudges.map {
      try JSONFile.read(from: opinionsFolder.appendingPathComponent("\($0).json"))
    }
  }

  /// All evidence, in order.
  public func evidence() throws -> [Evidence] {
    let numbers = ledger.entries.filter { $0.kind == LedgerKind.call }
      .compactMap { $0.body["number"]?.int }
    return try numbers.map { try JSONFile.read(from: evidenceFile($0)) }
  }

  var evidenceFolder: URL { url.appendingPathComponent("evidence", isDirectory: true) }

  static func evidenceName(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits + ".json"
  }
}
