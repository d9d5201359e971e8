import AssayCore
import AssayGame
import AssayJudges
import AssayStore
import AssayText

extension Arena {
  /// Has another judge read a match's report; its score stands beside the one that counts.
  ///
  /// `options` are the judge's own. Throws `AssayError(.forbidden)` before there is a report and where
  /// this judge has given its opinion already, and what the judge throws; nothing is kept then but the
  /// ledger's entry that the truth was opened.
  @discardableResult
  public func opinion(
    match name: String, judge: String, options: JSONValue = [:], base: String? = nil
  ) async throws -> Score {
    let judge = try judges.named(judge, kind: "judge")
    guard judge.isOpinion else {
      throw AssayError(
        .badInput, "judge '\(judge.name)' gives the score that counts and no second opinion")
    }
    let match = try store.match(Self.id(name))
    let record: MatchRecord = try match.readRecord()
    let report = try match.report()
    guard !match.opinionJudges.contains(judge.name) else {
      throw AssayError(
        .forbidden, "judge '\(judge.name)' has given its opinion on match '\(match.id)' already",
        hint: "read it in \(match.opinionsFolder.path)")
    }
    guard let commitment = try match.start()["commitment"]?.string else {
      throw AssayError(.integrity, "the ledger of match '\(match.id)' holds no commitment")
    }
    let truth = try store.vault.open(
      record.organism, commitment: commitment, recordingIn: match.ledger)
    let score: Score
    do {
      score = try await judge.judge(
        judgedCase(match, record, truth, report, base: base, options: options))
      try match.commit(opinion: score)
    } catch {
      // Opening is in the ledger whatever happened: match.json must name its last entry.
      try match.writeRecord(record)
      throw error
    }
    try match.writeRecord(record)
    if let summary = record.summary {
      try writePage(match, record, summary, truth, report, match.score())
    }
    return score
  }

  /// Matches with a report on which `judge` has given no opinion, in an order that says nothing.
  public func awaitingOpinion(of judge: String) -> [String] {
    let waiting = store.matches().filter { id in
      guard let match = try? store.match(id), (try? match.report()) != nil else { return false }
      return !match.opinionJudges.contains(judge)
    }
    return waiting.sorted { StableHash.of("queue/\($0)") < StableHash.of("queue/\($1)") }
  }

  /// How far any two judges agree on the facets of planted flaws that both judged, over all matches.
  ///
  /// Controls are left out: there every judge goes by the verdict alone. A flaw whose report says
  /// nothing that can be marked counts, with marks of 0.
  public func agreement(seed: UInt64 = 1) throws -> [JudgeAgreement] {
    var marks: [String: [String: [String: Double]]] = [:]  // judge, match, facet
    for id in store.matches() {
      let match = try store.match(id)
      let isScored = match.ledger.entries.contains { $0.kind == LedgerKind.score }
      let scores = try match.opinions() + (isScored ? [match.score()] : [])
      for score in scores {
        let facets = score.facets.map { ($0.name, $0.score) }
        guard facets.contains(where: { $0.0 == "what" }) else { continue }
        marks[score.judge, default: [:]][id] = Dictionary(facets, uniquingKeysWith: { a, _ in a })
      }
    }
    let names = marks.keys.sorted()
    return names.indices.flatMap { first in
      names.indices.dropFirst(first + 1).compactMap { second -> JudgeAgreement? in
        let (a, b) = (marks[names[first]] ?? [:], marks[names[second]] ?? [:])
        let pairs = a.keys.sorted().flatMap { id -> [Agreement.Pair] in
          (a[id] ?? [:]).sorted { $0.key < $1.key }.compactMap { facet, mark in
            b[id]?[facet].map { Agreement.Pair(match: id, first: mark, second: $0) }
          }
        }
        guard !pairs.isEmpty else { return nil }
        return JudgeAgreement(
          first: names[first], second: names[second], agreement: Agreement(pairs, seed: seed))
      }
    }
  }
}
