import AssayCore
import AssayGame
import AssayModels
import AssayStore
import AssayText
import Foundation

extension Arena {
  /// Opens the truth about a match, scores its report and writes its page.
  ///
  /// `match` is an id or a folder. `base` names the clean twin where it is no longer where it was when
  /// the organism was made. Throws `AssayError(.forbidden)` before there is a report, and when the
  /// match is scored already.
  public func judge(
    match name: String, judge: String = "mechanical", base: String? = nil,
    options: JSONValue = [:]
  ) async throws -> JudgedMatch {
    let judge = try judges.named(judge, kind: "judge")
    guard !judge.isOpinion else {
      throw AssayError(
        .badInput, "judge '\(judge.name)' gives a second opinion and not the score that counts",
        hint: "judge with 'mechanical' first")
    }
    let match = try store.match(Self.id(name))
    var record: MatchRecord = try match.readRecord()
    let report = try match.report()
    guard !match.ledger.entries.contains(where: { $0.kind == LedgerKind.score }) else {
      throw AssayError(
        .forbidden, "match '\(match.id)' is scored already",
        hint: "read \(match.pageFile.path), or check it with: assay verify \(match.id)")
    }
    guard let commitment = try match.start()["commitment"]?.string else {
      throw AssayError(.integrity, "the ledger of match '\(match.id)' holds no commitment")
    }
    let started = ContinuousClock.now
    let truth = try store.vault.open(
      record.organism, commitment: commitment, recordingIn: match.ledger)
    // Opening is in the ledger now: whatever happens next, match.json must name its last entry.
    let score: Score
    do {
      score = try await judge.judge(
        judgedCase(match, record, truth, report, base: base, options: options))
      try match.commit(score)
    } catch {
      try match.writeRecord(record)
      throw error
    }
    record.seconds.judge = (ContinuousClock.now - started) / .seconds(1)
    let summary = MatchSummary(
      match: match.id, attack: truth.attack, verdict: report.verdict,
      probabilityModified: report.probabilityModified, correct: score.verdictFits,
      descriptionScore: score.descriptionScore, costs: record.cost, seconds: record.seconds)
    record.summary = summary
    try match.writeRecord(record)
    try writePage(match, record, summary, truth, report, score)
    // The index follows from the files; one that cannot be written now is made again later.
    try? store.index().add(match: match.id)
    return JudgedMatch(
      summary: summary, truth: truth, report: report, score: score, directory: match.url,
      page: match.pageFile)
  }

  /// Checks a match's record; damage is a failed check, not an error.
  public func verify(match name: String) throws -> [VerificationCheck] {
    try Verification(
      Self.id(name), in: store,
      rescore: { truth, report, score in
        var again = try judges.named(score.judge, kind: "judge").rescore(
          truth: truth, report: report, measurements: score.measurements)
        // Words do not follow from numbers; the hash in the ledger keeps them.
        again?.notes = score.notes
        return again
      }
    ).checks
  }

  /// The id in an id or a folder's path.
  public static func id(_ name: String) -> String {
    name.contains("/") || name.hasPrefix(".")
      ? URL(fileURLWithPath: name).standardizedFileURL.lastPathComponent : name
  }

  func judgedCase(
    _ match: MatchFolder, _ record: MatchRecord, _ truth: GroundTruth, _ report: Report,
    base: String?, options: JSONValue
  ) throws -> JudgedCase {
    let organism = try store.organism(record.organism)
    let twin = try twin(of: truth, base: base)
    return JudgedCase(
      truth: truth, report: report,
      suspect: try ModelBundle.load(store.organismFolder(record.organism)), twin: twin,
      world: world, specification: organism.specification,
      auditedPrompts: Set(try match.evidence().flatMap { Self.texts(in: $0.arguments) }),
      seed: truth.seed, options: options, quiet: quiet)
  }

  private func twin(of truth: GroundTruth, base: String?) throws -> ModelBundle {
    guard let name = base ?? truth.options[Self.baseKey]?.string else {
      throw AssayError(
        .notFound, "the truth does not say which clean model the organism was made from",
        hint: "name it with --base")
    }
    do {
      return try ModelBundle.load(ModelBundle.resolve(name))
    } catch var error as AssayError where base == nil {
      error.hint = "the clean model is needed to judge; name it with --base"
      throw error
    }
  }

  /// Every text in a tool's arguments: among them all prompts that the auditor ran.
  private static func texts(in value: JSONValue) -> [String] {
    switch value {
    case .string(let text): [text]
    case .array(let values): values.flatMap(texts)
    case .object(let members): members.values.flatMap(texts)
    default: []
    }
  }

  /// Writes the page of a judged match anew.
  func writePage(
    _ match: MatchFolder, _ record: MatchRecord, _ summary: MatchSummary, _ truth: GroundTruth,
    _ report: Report, _ score: Score
  ) throws {
    let evidence = try match.evidence()
    let questions = publicQuestions.withLock { known in
      // Auditors draw their phrasings from the first ones of each fact.
      let questions = known ?? world.questions(kind: .trainCombination, perFact: 8)
      known = questions
      return questions
    }
    let page = try HTMLReport(
      record: record, summary: summary, truth: truth, report: report, score: score,
      evidence: evidence, ledger: match.ledger.entries, checks: verify(match: match.id),
      contradictions: ContradictionRate.count(in: evidence, questions: questions),
      opinions: match.opinions(), commands: Self.commands(truth, record))
    try match.writePage(page.page())
  }

  /// The commands that play the match again and check its record.
  private static func commands(_ truth: GroundTruth, _ record: MatchRecord) throws -> [String] {
    var plant = ["assay plant", "--attack \(truth.attack)"]
    for (key, value) in (truth.options.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      if key == HidingRequest.optionsKey {
        for hiding in try HidingRequest.recorded(in: truth) {
          let written = try hiding.written
          plant.append("--hide \(quoted(written))")
        }
        continue
      }
      let text = try value.string ?? CanonicalJSON.string(value)
      guard !text.isEmpty, value != .null else { continue }
      plant.append(
        key == baseKey ? "--base \(quoted(text))" : "--option \(quoted("\(key)=\(text)"))")
    }
    plant.append("--seed \(truth.seed)")
    let auditor =
      record.command.map { "--auditor-command \(quoted($0))" } ?? "--auditor \(record.auditor)"
    return [
      plant.joined(separator: " \\\n  "),
      "assay audit ORGANISM-FOLDER \(auditor) --rules \(record.rules.name) "
        + "--seed \(record.seed)",
      "assay judge MATCH-FOLDER",
      "assay verify \(record.id)",
    ]
  }

  /// `text` as one word of a shell's command line.
  private static func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        || "-_./=,:".utf8.contains($0)
    }
    return plain ? text : "'\(text.replacing("'", with: "'\\''"))'"
  }
}
