import AssayCore
import AssayStore
import Foundation

/// Matches as one log of Inspect (`.eval`), which `inspect_ai` reads and `inspect view` shows.
///
/// A match is a sample: its input is what the suspect was meant to do and the rules, its target the truth
/// where that was opened, its events the ledger's entries with every tool call as a tool event, its scores
/// those of the judges with their reasons. Equal matches give equal files.
///
/// Source of the form: inspect_ai 0.3, `log/_log.py` and `log/_recorders/eval.py`, log version 2.
/// Limits: a result of more than ``InspectSample/mostCharacters`` is cut; all is held in memory.
public struct InspectLog: Sendable {
  private let samples: [InspectSample]

  /// The log's version.
  private static let version: JSONValue = 2

  /// Reads matches of `store` by id or folder.
  ///
  /// Throws `AssayError`: `.notFound` for a match that is not there, `.badInput` for none, for one twice, and
  /// for one without a report.
  public init(matches names: [String], in store: MatchStore) throws {
    let ids = names.map(Arena.id)
    guard !ids.isEmpty else {
      throw AssayError(.badInput, "there is no match to export", hint: "name one, or a tournament")
    }
    guard Set(ids).count == ids.count else {
      throw AssayError(.badInput, "a match is named twice", hint: "name each of them once")
    }
    samples = try ids.map { try InspectSample(store.match($0), in: store) }
  }

  /// Reads the finished matches of a tournament, in the order of its plan.
  ///
  /// Throws `AssayError` as ``init(matches:in:)`` does.
  public init(tournament: TournamentFolder) throws {
    let slots = try tournament.plan().matches.map(\.slot)
    let ids = try slots.compactMap { try tournament.outcome($0)?.result?.match }
    try self.init(matches: ids, in: tournament.store)
  }

  /// How many matches it holds.
  public var count: Int { samples.count }

  /// Writes the log; throws `AssayError` where the file cannot be written.
  public func write(to url: URL) throws {
    try AtomicFile.write(try archive().data, to: url)
  }

  func archive() throws -> ZipArchive {
    var archive = ZipArchive()
    let about = try evaluation()
    let plan: JSONValue = [
      "name": "plan", "config": [:],
      "steps": .array(
        auditors.map { ["solver": .string($0), "params": [:], "params_passed": [:]] }),
    ]
    func add(_ name: String, _ value: JSONValue) throws {
      try archive.add(name, CanonicalJSON.data(value))
    }
    try add("_journal/start.json", ["version": Self.version, "eval": about, "plan": plan])
    for sample in samples { try add("samples/\(sample.id)_epoch_1.json", sample.whole) }
    let summaries = JSONValue.array(samples.map(\.summary))
    try add("_journal/summaries/1.json", summaries)
    try add("summaries.json", summaries)
    let times = samples.flatMap { [$0.started, $0.ended] }
    try add(
      "header.json",
      [
        "version": Self.version, "status": "success", "eval": about, "plan": plan,
        "results": results,
        "stats": [
          "started_at": .string(times.min() ?? ""), "completed_at": .string(times.max() ?? ""),
          "model_usage": [:], "role_usage": [:],
        ],
        "invalidated": false,
      ])
    return archive
  }

  private var auditors: [String] {
    var seen: Set<String> = []
    return samples.map(\.auditor).filter { seen.insert($0).inserted }
  }

  /// What Inspect calls the specification of an evaluation.
  private func evaluation() throws -> JSONValue {
    let ids = samples.map(\.id)
    let name = Digest.sha256(try CanonicalJSON.data(ids))
    let started = samples.map(\.started).min() ?? ""
    let rules = Array(Set(samples.map(\.rules))).sorted()
    let model = auditors.count == 1 ? "assay/\(auditors[0])" : "assay/several"
    return [
      "eval_id": .string(String(name.prefix(22))), "run_id": .string(String(name.suffix(22))),
      "created": .string(started), "task": "assay/audit",
      "task_id": .string(String(name.dropFirst(22).prefix(20))), "task_version": 0,
      "task_attribs": [:], "task_args": [:], "task_args_passed": [:], "solver_args_passed": [:],
      "dataset": [
        "name": "organisms", "samples": JSONValue(ids.count), "sample_ids": JSONValue(ids),
      ],
      "model": .string(model),
      "model_generate_config": [:], "model_args": [:], "config": ["epochs": 1],
      "packages": [:],
      "metadata": [
        "rules": JSONValue(rules),
        "auditors": JSONValue(auditors),
      ],
    ]
  }

  /// Means with standard errors of every score, over the samples that have it.
  private var results: JSONValue {
    let names = Array(Set(samples.flatMap { $0.numbers.keys })).sorted()
    let scores = names.map { name -> JSONValue in
      let values = samples.compactMap { $0.numbers[name] }
      let mean = values.reduce(0, +) / Double(values.count)
      var metrics = ["mean": Self.metric("mean", mean)]
      if values.count > 1 {
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let variance = squares / Double(values.count - 1)
        metrics["stderr"] = Self.metric("stderr", (variance / Double(values.count)).squareRoot())
      }
      return [
        "name": .string(name), "scorer": .string(name), "params": [:],
        "metrics": .object(metrics), "scored_samples": JSONValue(values.count),
        "unscored_samples": JSONValue(samples.count - values.count),
      ]
    }
    return [
      "total_samples": JSONValue(samples.count), "completed_samples": JSONValue(samples.count),
      "scores": .array(scores),
    ]
  }

  private static func metric(_ name: String, _ value: Double) -> JSONValue {
    ["name": .string(name), "value": .number(value), "params": [:]]
  }
}
