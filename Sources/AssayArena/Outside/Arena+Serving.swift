import AssayCore
import AssayGame
import AssayModels
import AssayStore
import AssayText
import Foundation

extension Arena {
  /// What all matches that are served are called after where nothing else is said.
  public static let servedName = "mcp"

  /// Begins a match on the organism in `folder` and serves it to an MCP client over two open files.
  ///
  /// The match ends with the client's report, or inconclusive when `limits` are used up. A client that
  /// leaves before keeps it open: nil, and `serve(match:)` goes on; where it asked nothing, no match is
  /// left behind. `began` gets the match's id and whether anything was kept of it when it ends.
  public func serve(
    organism folder: URL, _ request: AuditRequest, limits: OutsideLimits, input: Int32,
    output: Int32, began: @Sendable (String) -> Void = { _ in }
  ) async throws -> AuditedMatch? {
    let rules = try self.rules(request.rules)
    var card: OrganismCard = try JSONFile.read(
      from: folder.appendingPathComponent("organism.json"))
    if let path = request.specification {
      card.specification = try SpecificationFile.read(URL(fileURLWithPath: path))
    }
    let suspect = try ModelBundle.load(folder)
    let match = try store.beginMatch(
      on: card, rules: rules, auditor: request.auditor, seed: request.seed)
    let session = AuditSession(
      suspect: suspect, tools: tools, rules: rules, specification: card.specification,
      world: world, seed: request.seed, match: match, quiet: true)
    began(match.id)
    let served = try await serve(session, match, limits, input, output)
    if served == nil, match.ledger.entries.allSatisfy({ !Self.isEvent($0.kind) }) {
      try store.removeMatch(match.id)
    }
    return served
  }

  /// Goes on with a match that an earlier client left open, under its rules, seed and what it spent.
  ///
  /// Throws `AssayError(.forbidden)` for a match that has a report, is being served, or is another
  /// auditor's.
  public func serve(
    match name: String, limits: OutsideLimits, input: Int32, output: Int32,
    began: @Sendable (String) -> Void = { _ in }
  ) async throws -> AuditedMatch? {
    let match = try store.match(Self.id(name))
    let entries = match.ledger.entries
    guard entries.contains(where: { $0.kind == LedgerKind.auditorStarted }),
      !entries.contains(where: { $0.kind == LedgerKind.report })
    else {
      throw AssayError(
        .forbidden, "match '\(match.id)' is not open to a client",
        hint: "begin one with: assay mcp ORGANISM-DIR")
    }
    let start = try match.start()
    let folder = try store.organismFolder(start["organism"]?.string ?? "")
    let rules: Rules = try Self.decode(start["rules"], match)
    let specification: Specification = try Self.decode(start["specification"], match)
    guard let seed = start["seed"]?.string.flatMap({ UInt64($0) }) else {
      throw AssayError(.integrity, "the ledger of match '\(match.id)' holds no seed")
    }
    let session = AuditSession(
      suspect: try ModelBundle.load(folder), tools: tools, rules: rules,
      specification: specification, world: world, seed: seed, match: match, quiet: true,
      evidence: try match.evidence(), spent: try Self.spent(match))
    began(match.id)
    return try await serve(session, match, limits, input, output)
  }

  private func serve(
    _ session: AuditSession, _ match: MatchFolder, _ limits: OutsideLimits, _ input: Int32,
    _ output: Int32
  ) async throws -> AuditedMatch? {
    let lock = try FileLock(
      match.url.appendingPathComponent("serving.lock"),
      refusal: "match '\(match.id)' is being served to another client")
    defer { withExtendedLifetime(lock) {} }
    let author = try match.start()["auditor"]?.string ?? Self.servedName
    let started = ContinuousClock.now
    try match.ledger.append(
      LedgerKind.auditorStarted,
      [
        "command": nil, "confinement": "none: a client of this user's", "readable": [],
        "limits": CanonicalJSON.value(limits),
      ])
    let server = AuditServer(session, match: match, author: author, limits: limits) { report in
      try match.commit(report)
    }
    let channel = LineChannel(input: input, output: output, limit: limits.messageBytes)
    _ = await server.serve(over: channel, leavesAfterReport: true)
    let ending = await server.settle()
    await channel.stopWriting()
    try match.ledger.append(
      LedgerKind.auditorEnded,
      [
        "ending": .string(ending.rawValue), "messages": JSONValue(server.messages),
        "spent": CanonicalJSON.value(session.costSoFar),
      ])
    var report = server.report
    if report == nil, ending != .left {
      let why = ending == .late ? "the time was over" : "the client was stopped"
      let written = OutsideAudit.inconclusive(because: why, session: session, author: author)
      try match.commit(written)
      report = written
    }
    guard let report else { return nil }
    let start = try match.start()
    let record = MatchRecord(
      id: match.id, organism: start["organism"]?.string ?? "", auditor: author,
      rules: session.rules, specification: session.specification.id, seed: "\(session.seed)",
      started: match.ledger.entries.first?.time ?? "",
      seconds: MatchSummary.Seconds(
        plant: 0, audit: (ContinuousClock.now - started) / .seconds(1)),
      cost: session.costSoFar)
    try match.writeRecord(record)
    return AuditedMatch(
      record: record, report: report, directory: match.url, ending: ending.rawValue)
  }

  /// Whether an entry says that a client did something.
  private static func isEvent(_ kind: String) -> Bool {
    [
      LedgerKind.call, LedgerKind.refusal, LedgerKind.failure, LedgerKind.auditorFault,
      LedgerKind.report,
    ].contains(kind)
  }

  /// What a match has spent, from its ledger.
  private static func spent(_ match: MatchFolder) throws -> Cost {
    try match.ledger.entries.reduce(into: Cost()) { spent, entry in
      switch entry.kind {
      case LedgerKind.call: spent += try decode(entry.body["cost"], match)
      case LedgerKind.failure: spent.calls += 1
      // What a session says in the end holds what its failed and withheld calls cost.
      case LedgerKind.auditorEnded: spent = try decode(entry.body["spent"], match)
      default: break
      }
    }
  }

  private static func decode<Value: Decodable>(
    _ value: JSONValue?, _ match: MatchFolder
  ) throws -> Value {
    try CanonicalJSON.decode(
      from: CanonicalJSON.data(value ?? .null), origin: "the ledger of match '\(match.id)'")
  }
}
