import Foundation

/// A tournament of exact copies of a tiny model, in a folder of its own, and `assay` as the process that plays it.
struct TinyTournament {
  let tiny: TinyModelFolder
  let file: String

  /// Writes the file; `more` are further lines of it.
  init(organisms: Int, auditors: String, limit: Double = 120, more: String) throws {
    tiny = try TinyModelFolder()
    file = tiny.path("tiny.yaml")
    let text = """
      name: tiny
      bases: [\(tiny.model.path)]
      organisms:
        - {attack: exact-copy, count: \(organisms)}
      auditors: [\(auditors)]
      workers: 2
      limit_seconds: \(limit)
      \(more)
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
  }

  /// What the process that was started last said beside its results.
  var errors: String {
    (try? String(contentsOfFile: tiny.path("errors.txt"), encoding: .utf8)) ?? ""
  }

  /// Starts `assay tournament COMMAND` on the file.
  func start(
    _ command: String, store: String = "runs", _ arguments: [String] = []
  ) throws -> TournamentProcess {
    try TournamentProcess(
      ["tournament", command, file, "--store", tiny.path(store), "--quiet"] + arguments,
      errors: URL(fileURLWithPath: tiny.path("errors.txt")))
  }
}
