import AssayCore
import Foundation

/// Checks from its files alone whether a match was changed and whether its score follows.
///
/// It holds that the ledger's chain is whole and ends where `match.json` says; that evidence,
/// report and score are the files whose hashes the ledger keeps; that the report was committed
/// before the truth was opened and nothing was asked after; that the truth is the one which the
/// organism had committed to; and that the score can be computed again from what was measured.
public struct Verification: Sendable {
  /// Computes a score again from truth, report and the recorded score's measurements; nil when the
  /// judge cannot do that.
  public typealias Rescoring = @Sendable (GroundTruth, Report, Score) throws -> Score?

  /// Every check that was made, in order.
  public private(set) var checks: [VerificationCheck] = []

  /// Whether every check passed.
  public var passed: Bool { checks.allSatisfy(\.passed) }

  /// Verifies the match `id` in `store`.
  ///
  /// Damage is a failed check, not an error; errors are for a match that is not there.
  public init(_ id: String, in store: MatchStore, rescore: Rescoring) throws {
    let match: MatchFolder
    do {
      match = try store.match(id)
      guard !match.ledger.entries.isEmpty else {
        throw AssayError(.integrity, "the ledger is empty or missing")
      }
      check("the ledger's chain is whole", "\(match.ledger.entries.count) entries")
    } catch let error as AssayError where error.code != .notFound && error.code != .badInput {
      fail("the ledger's chain is whole", error)
      return
    }
    let entries = match.ledger.entries
    attempt("the ledger ends where match.json says") { try Self.checkEnd(match) }
    attempt("the evidence is what the tools returned") { try Self.checkEvidence(match) }
    attempt("the report is the one that was committed") {
      try Self.checkFile(match.reportFile, kind: LedgerKind.report, entries)
    }
    attempt("the report was committed before the truth was opened") {
      try Self.checkOrder(entries)
    }
    var truth: GroundTruth?
    attempt("the truth is the one that was sealed") {
      truth = try Self.checkTruth(match, store)
      return "commitment \(try match.start()["commitment"]?.string?.prefix(12) ?? "")…"
    }
    let hasOpinions =
      !match.opinionJudges.isEmpty
      || FileManager.default.fileExists(atPath: match.opinionsFolder.path)
    if let truth, hasOpinions {
      attempt("the second opinions are those that were given") {
        try Self.checkOpinions(match, truth, rescore)
      }
    }
    guard entries.contains(where: { $0.kind == LedgerKind.score }) else {
      fail("the report was scored", AssayError(.notFound, "the match has no score yet"))
      return
    }
    attempt("the score is the one that was given") {
      try Self.checkFile(match.scoreFile, kind: LedgerKind.score, entries)
    }
    guard let truth else { return }
    attempt("the score follows from the record") {
      try Self.check(match.score(), in: match, truth, rescore)
    }
  }

  // MARK: The checks; each returns what it found or throws what is wrong

  private static func checkEnd(_ match: MatchFolder) throws -> String {
    let record = try match.readRecord(JSONValue.self)
    let start = try match.start()
    guard start["match"]?.string == match.id else {
      throw damage("the ledger belongs to match '\(start["match"]?.string ?? "")'")
    }
    if let organism = record["organism"]?.string, organism != start["organism"]?.string {
      throw damage("match.json names another organism than the ledger")
    }
    guard let hash = record["finalHash"]?.string else {
      throw damage("match.json holds no final hash")
    }
    guard hash == match.ledger.finalHash else {
      throw damage(
        "the ledger's last hash is \(match.ledger.finalHash.prefix(12))…, match.json "
          + "says \(hash.prefix(12))…")
    }
    return "last hash \(hash.prefix(12))…"
  }

  private static func checkEvidence(_ match: MatchFolder) throws -> String {
    let calls = match.ledger.entries.filter { $0.kind == LedgerKind.call }
    for (index, call) in calls.enumerated() {
      let name = "evidence/\(MatchFolder.evidenceName(index + 1))"
      guard call.body["number"]?.int == index + 1 else {
        throw damage("the ledger skips \(name)")
      }
      let hash = try Digest.sha256(file: match.evidenceFile(index + 1))
      guard hash == call.body["evidence"]?.string else {
        throw damage("\(name) was changed after it was recorded")
      }
    }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: match.evidenceFolder.path))
    let known = Set(calls.indices.map { MatchFolder.evidenceName($0 + 1) })
    if let stranger = (files ?? []).sorted().first(where: { !known.contains($0) }) {
      throw damage("evidence/\(stranger) is not in the ledger")
    }
    return "\(calls.count) files"
  }

  private static func checkFile(
    _ file: URL, kind: String, _ entries: [LedgerEntry]
  ) throws -> String {
    let found = entries.filter { $0.kind == kind }
    guard let entry = found.first, found.count == 1 else {
      throw damage("the ledger holds \(found.count) entries of kind '\(kind)', expected one")
    }
    let hash = try Digest.sha256(file: file)
    guard hash == entry.body["sha256"]?.string else {
      throw damage("\(file.lastPathComponent) was changed after it was recorded")
    }
    return "\(file.lastPathComponent), \(hash.prefix(12))…"
  }

  private static func checkOrder(_ entries: [LedgerEntry]) throws -> String {
    func position(_ kind: String) -> Int? { entries.firstIndex { $0.kind == kind } }
    guard let report = position(LedgerKind.report) else {
      throw damage("the ledger holds no report")
    }
    if let late = entries.dropFirst(report).first(where: { $0.kind == LedgerKind.call }) {
      throw damage("entry \(late.index) calls a tool after the report")
    }
    guard let opened = position(LedgerKind.truthOpened) else {
      return "report at entry \(report), truth not opened"
    }
    guard report < opened else {
      throw damage("the truth was opened at entry \(opened), the report came at entry \(report)")
    }
    if let score = position(LedgerKind.score), score < opened {
      throw damage("the score at entry \(score) was given before the truth was opened")
    }
    return "report at entry \(report), truth opened at entry \(opened)"
  }

  private static func checkTruth(_ match: MatchFolder, _ store: MatchStore) throws -> GroundTruth {
    let start = try match.start()
    guard let organism = start["organism"]?.string, let promised = start["commitment"]?.string
    else { throw damage("the ledger's start names no organism") }
    let truth: GroundTruth = try JSONFile.read(from: store.vault.file(organism))
    guard try Vault.commitment(to: truth) == promised else {
      throw damage("vault/\(organism).json does not match the commitment")
    }
    let card = try store.organism(organism)
    guard card.commitment == promised else {
      throw damage("organism.json carries another commitment than the ledger")
    }
    return truth
  }

  private static func check(
    _ score: Score, in match: MatchFolder, _ truth: GroundTruth, _ rescore: Rescoring
  ) throws -> String {
    let report = try match.report()
    let brier = Score.brier(probability: report.probabilityModified, isModified: truth.isModified)
    guard abs(brier - score.brier) < 1e-9 else {
      throw damage("the Brier score should be \(brier), the record says \(score.brier)")
    }
    guard let again = try rescore(truth, report, score) else {
      return "only the Brier score; judge '\(score.judge)' cannot be computed without the models"
    }
    if let place = try CanonicalJSON.value(score).firstDifference(from: CanonicalJSON.value(again))
    {
      throw damage("\(place) of the score does not follow from its measurements")
    }
    return "computed again from \(score.measurements.count) measurements"
  }

  private static func checkOpinions(
    _ match: MatchFolder, _ truth: GroundTruth, _ rescore: Rescoring
  ) throws -> String {
    let given = match.ledger.entries.filter { $0.kind == LedgerKind.opinion }
    var known: Set<String> = []
    for entry in given {
      guard let judge = entry.body["judge"]?.string, known.insert("\(judge).json").inserted else {
        throw damage("entry \(entry.index) holds an opinion twice")
      }
      let file = match.opinionsFolder.appendingPathComponent("\(judge).json")
      guard try Digest.sha256(file: file) == entry.body["sha256"]?.string else {
        throw damage("opinions/\(judge).json was changed after it was recorded")
      }
      let score: Score = try JSONFile.read(from: file)
      guard score.judge == judge else { throw damage("opinions/\(judge).json is another judge's") }
      _ = try check(score, in: match, truth, rescore)
    }
    let files = (try? FileManager.default.contentsOfDirectory(atPath: match.opinionsFolder.path))
    if let stranger = (files ?? []).sorted().first(where: { !known.contains($0) }) {
      throw damage("opinions/\(stranger) is not in the ledger")
    }
    return match.opinionJudges.joined(separator: ", ")
  }

  // MARK: Recording

  private static func damage(_ message: String) -> AssayError {
    AssayError(.integrity, message)
  }

  private mutating func check(_ name: String, _ detail: String) {
    checks.append(VerificationCheck(name: name, passed: true, detail: detail))
  }

  private mutating func fail(_ name: String, _ error: AssayError) {
    checks.append(VerificationCheck(name: name, passed: false, detail: error.message))
  }

  private mutating func attempt(_ name: String, _ body: () throws -> String) {
    do {
      check(name, try body())
    } catch let error as AssayError {
      fail(name, error)
    } catch {
      fail(name, AssayError(.io, "\(error)"))
    }
  }
}
