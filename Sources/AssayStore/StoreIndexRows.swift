import AssayCore
import Foundation
import GRDB

/// The rows of one match, read from its files.
struct StoreIndexRows {
  static let schema = """
    CREATE TABLE organisms (
      id TEXT PRIMARY KEY, family TEXT NOT NULL, specification TEXT NOT NULL,
      commitment TEXT NOT NULL, attack TEXT, modified INTEGER);
    CREATE TABLE matches (
      id TEXT PRIMARY KEY, organism TEXT NOT NULL, auditor TEXT NOT NULL, rules TEXT NOT NULL,
      seed TEXT NOT NULL, started TEXT NOT NULL, verdict TEXT NOT NULL, probability REAL NOT NULL,
      calls INTEGER NOT NULL, tokens INTEGER NOT NULL, flops REAL NOT NULL, seconds REAL NOT NULL,
      weight_reads INTEGER NOT NULL, final_hash TEXT NOT NULL);
    CREATE INDEX matches_by_organism ON matches (organism);
    CREATE TABLE scores (
      match TEXT PRIMARY KEY, judge TEXT NOT NULL, verdict_fits INTEGER NOT NULL,
      description REAL NOT NULL, brier REAL NOT NULL, measurements TEXT NOT NULL);
    CREATE TABLE evidence (
      match TEXT NOT NULL, number INTEGER NOT NULL, tool TEXT NOT NULL, calls INTEGER NOT NULL,
      tokens INTEGER NOT NULL, flops REAL NOT NULL, seconds REAL NOT NULL,
      weight_reads INTEGER NOT NULL, PRIMARY KEY (match, number));
    """

  private struct Call {
    var number: Int
    var tool: String
    var cost: Cost
  }

  private let id: String
  private let organism: String
  private let auditor: String
  private let rules: String
  private let seed: String
  private let started: String
  private let report: Report
  private let cost: Cost
  private let finalHash: String
  private let score: Score?
  private let calls: [Call]
  private let card: OrganismCard?
  private let truth: GroundTruth?

  /// Reads the match `id`; throws where it has no committed report yet, or is damaged.
  init(match id: String, in store: MatchStore) throws {
    let match = try store.match(id)
    let start = try match.start()
    let entries = match.ledger.entries
    self.id = id
    report = try match.report()
    organism = start["organism"]?.string ?? ""
    auditor = start["auditor"]?.string ?? ""
    rules = start["rules"]?["name"]?.string ?? ""
    seed = start["seed"]?.string ?? ""
    started = entries.first?.time ?? ""
    finalHash = match.ledger.finalHash
    calls = try entries.filter { $0.kind == LedgerKind.call }.map { entry in
      let body = entry.body
      return Call(
        number: body["number"]?.int ?? 0, tool: body["tool"]?.string ?? "",
        cost: try CanonicalJSON.decode(
          from: CanonicalJSON.data(body["cost"] ?? .null), origin: "the ledger of '\(id)'"))
    }
    cost = calls.reduce(Cost()) { $0 + $1.cost }
    score = entries.contains { $0.kind == LedgerKind.score } ? try match.score() : nil
    card = try? store.organism(organism)
    // What is sealed stays out, here as elsewhere.
    let opened = entries.contains { $0.kind == LedgerKind.truthOpened }
    truth = opened ? try? JSONFile.read(from: store.vault.file(organism)) : nil
  }

  static func finalHash(_ id: String, in store: MatchStore) -> String? {
    try? store.match(id).ledger.finalHash
  }

  static func insert(_ card: OrganismCard, into database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO organisms (id, family, specification, commitment) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET family = excluded.family,
          specification = excluded.specification, commitment = excluded.commitment
        """,
      arguments: [card.id, card.family, card.specification.id, card.commitment])
  }

  static func remove(match id: String, from database: Database) throws {
    for (table, key) in [("matches", "id"), ("scores", "match"), ("evidence", "match")] {
      try database.execute(sql: "DELETE FROM \(table) WHERE \(key) = ?", arguments: [id])
    }
  }

  func insert(into database: Database) throws {
    try Self.remove(match: id, from: database)
    if let card { try Self.insert(card, into: database) }
    if let truth {
      try database.execute(
        sql: "UPDATE organisms SET attack = ?, modified = ? WHERE id = ?",
        arguments: [truth.attack, truth.isModified, organism])
    }
    try database.execute(
      sql: "INSERT INTO matches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        id, organism, auditor, rules, seed, started, report.verdict.rawValue,
        report.probabilityModified, cost.calls, cost.tokens, cost.flops, cost.seconds,
        cost.weightReads, finalHash,
      ])
    if let score {
      try database.execute(
        sql: "INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [
          id, score.judge, score.verdictFits, score.descriptionScore, score.brier,
          try CanonicalJSON.string(score.measurements),
        ])
    }
    for call in calls {
      try database.execute(
        sql: "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        arguments: [
          id, call.number, call.tool, call.cost.calls, call.cost.tokens, call.cost.flops,
          call.cost.seconds, call.cost.weightReads,
        ])
    }
  }
}
