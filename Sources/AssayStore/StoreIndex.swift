import AssayCore
import Foundation
import GRDB

/// A SQLite index over a store: organisms, matches, scores and what evidence cost.
///
/// The files are the truth and the index follows from them: ``rebuild()`` gives the same content,
/// and losing the file loses nothing. Of an organism whose truth is still sealed it holds nothing that
/// its public card does not say.
public struct StoreIndex: Sendable {
  private let store: MatchStore
  private let database: DatabaseQueue

  /// How many rows each table holds.
  public struct Counts: Codable, Hashable, Sendable {
    /// Organisms.
    public var organisms: Int
    /// Matches with a report.
    public var matches: Int
    /// Matches with a score.
    public var scores: Int
    /// Tool calls that returned evidence.
    public var evidence: Int
  }

  /// Opens the index of `store`, and makes it from the files where there is none, or one that is
  /// damaged or of another version.
  public init(_ store: MatchStore) throws {
    self.store = store
    do {
      database = try Self.open(store.indexFile)
    } catch is DatabaseError {
      // Not a database: it can be made again, so there is nothing to save.
      try? FileManager.default.removeItem(at: store.indexFile)
      do {
        database = try Self.open(store.indexFile)
      } catch {
        throw AssayError(
          .io, "cannot open the index '\(store.indexFile.path)': \(error)",
          hint: "choose a store that you may write to")
      }
    }
    let version = try database.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
    if version != Self.version { try rebuild() }
  }

  private static let version = 2

  private static func open(_ url: URL) throws -> DatabaseQueue {
    var configuration = Configuration()
    // Several workers write at once, each for a moment.
    configuration.busyMode = .timeout(60)
    return try DatabaseQueue(path: url.path, configuration: configuration)
  }

  // MARK: Writing

  /// Enters a match, or enters it again after it changed.
  public func add(match id: String) throws {
    let rows = try StoreIndexRows(match: id, in: store)
    try database.write { try rows.insert(into: $0) }
  }

  /// Enters what is missing or has changed, and removes what is no longer there.
  public func refresh() throws {
    let known = try database.read { database in
      try Row.fetchAll(database, sql: "SELECT id, final_hash FROM matches")
        .reduce(into: [String: String]()) { $0[$1["id"]] = $1["final_hash"] }
    }
    let matches = Set(store.matches())
    let organisms = Set(store.organisms())
    // What the other matches of an organism tell is not known without reading them.
    if known.keys.contains(where: { !matches.contains($0) }) {
      try rebuild()
      return
    }
    let changed = matches.sorted().filter { id in
      guard let hash = known[id] else { return true }
      return StoreIndexRows.finalHash(id, in: store) != hash
    }
    let rows = changed.compactMap { try? StoreIndexRows(match: $0, in: store) }
    let cards = store.organisms().compactMap { try? store.organism($0) }
    try database.write { database in
      for id in try String.fetchAll(database, sql: "SELECT id FROM organisms")
      where !organisms.contains(id) {
        try database.execute(sql: "DELETE FROM organisms WHERE id = ?", arguments: [id])
      }
      for card in cards { try StoreIndexRows.insert(card, into: database) }
      for match in rows { try match.insert(into: database) }
    }
  }

  /// Makes the whole content anew from the files; a reader sees the old one or the new.
  @discardableResult
  public func rebuild() throws -> Counts {
    let cards = store.organisms().compactMap { try? store.organism($0) }
    // A folder that holds no readable match yet is left out, as `assay verify` says why.
    let rows = store.matches().compactMap { try? StoreIndexRows(match: $0, in: store) }
    try database.write { database in
      for table in ["organisms", "matches", "scores", "evidence"] {
        try database.execute(sql: "DROP TABLE IF EXISTS \(table)")
      }
      try database.execute(sql: StoreIndexRows.schema)
      try database.execute(sql: "PRAGMA user_version = \(Self.version)")
      for card in cards { try StoreIndexRows.insert(card, into: database) }
      for match in rows { try match.insert(into: database) }
    }
    return try counts()
  }

  // MARK: Reading

  /// How many rows each table holds.
  public func counts() throws -> Counts {
    try database.read { database in
      func count(_ table: String) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \(table)") ?? 0
      }
      return Counts(
        organisms: try count("organisms"), matches: try count("matches"),
        scores: try count("scores"), evidence: try count("evidence"))
    }
  }

  /// Every row of a table as text, in the order of its primary key.
  public func dump(_ table: String) throws -> [String] {
    try database.read { database in
      guard try database.tableExists(table) else {
        throw AssayError(
          .badInput, "the index has no table '\(table)'",
          hint: "its tables are: organisms, matches, scores, evidence")
      }
      let keys = try database.primaryKey(table).columns.joined(separator: ", ")
      return try Row.fetchAll(database, sql: "SELECT * FROM \(table) ORDER BY \(keys)")
        .map { row in
          row.columnNames.map { "\($0)=\(row[$0] as DatabaseValue)" }.joined(separator: " ")
        }
    }
  }

  /// The auditors of all scored matches in the store.
  public func leaderboard() throws -> [LeaderboardRow] {
    try database.read { database in
      try Row.fetchAll(database, sql: LeaderboardRow.query).map(LeaderboardRow.init)
    }
  }
}

extension MatchStore {
  /// Where the index lies.
  public var indexFile: URL { root.appendingPathComponent("index.sqlite") }

  /// The index over this store, made where there is none.
  public func index() throws -> StoreIndex {
    try root.makeFolder()
    return try StoreIndex(self)
  }
}
