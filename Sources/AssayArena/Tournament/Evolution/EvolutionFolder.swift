import AssayCore
import AssayStore
import Foundation

/// An evolution on disk: its settings and what was chosen for each round.
///
/// ```
/// evolutions/<id>/     settings.json
///                      rounds/<n>.json     written before a round is played
///                      report/index.html
/// ```
///
/// The rounds themselves are tournaments of the store, like any others.
public struct EvolutionFolder: Sendable {
  /// The folder.
  public let url: URL
  /// Where tournaments, organisms and matches lie.
  public let store: MatchStore

  /// The evolution `id` in `store`; nothing is read or made.
  public init(_ id: String, in store: MatchStore) throws {
    self.store = store
    url = try store.evolutionFolder(id)
  }

  /// The evolution's id.
  public var id: String { url.lastPathComponent }
  /// The page for people.
  public var pageFile: URL { url.appendingPathComponent("report/index.html") }

  private var settingsFile: URL { url.appendingPathComponent("settings.json") }
  private func roundFile(_ number: Int) -> URL {
    url.appendingPathComponent("rounds/\(number).json")
  }

  /// What it is played with; throws `AssayError(.notFound)` naming the evolutions that there are.
  public func settings() throws -> EvolutionSettings {
    guard FileManager.default.fileExists(atPath: settingsFile.path) else {
      let known = store.evolutions()
      throw AssayError(
        .notFound, "no evolution '\(id)' in '\(store.root.path)'",
        hint: known.isEmpty
          ? "start one with: assay tournament evolve FILE.yaml"
          : "there are: \(known.joined(separator: ", "))")
    }
    return try JSONFile.read(from: settingsFile)
  }

  /// The rounds that were chosen so far, in order.
  public func rounds() throws -> [EvolutionRound] {
    var found: [EvolutionRound] = []
    while FileManager.default.fileExists(atPath: roundFile(found.count + 1).path) {
      found.append(try JSONFile.read(from: roundFile(found.count + 1)))
    }
    return found
  }

  func write(_ settings: EvolutionSettings) throws {
    var deciding = settings
    deciding.workers = nil
    guard !FileManager.default.fileExists(atPath: settingsFile.path) else { return }
    try makeFolder("rounds")
    try JSONFile.write(deciding, to: settingsFile)
  }

  func write(_ round: EvolutionRound) throws {
    try makeFolder("rounds")
    try JSONFile.write(round, to: roundFile(round.round))
  }

  /// Makes a folder in the evolution's.
  func makeFolder(_ name: String) throws {
    let folder = url.appendingPathComponent(name, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw AssayError(
        .io, "cannot make the folder '\(folder.path)'",
        hint: "choose a store that you may write to")
    }
  }
}
