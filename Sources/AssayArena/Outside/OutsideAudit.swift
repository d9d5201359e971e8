import AssayCore
import AssayGame
import AssayStore
import Foundation

/// An audit by a third party's program: runs it, serves it, and ends with a committed report.
///
/// Where the program hands in no report (it crashes, is too late, is thrown out), the audit is
/// inconclusive, and the report says why.
struct OutsideAudit: Sendable {
  private let program: OutsideProgram
  private let confinement: Confinement
  private let hidden: [String]
  private let request: OutsideRequest

  /// The name in the record.
  var name: String { program.name }

  /// Looks everything up, so that nothing is begun where something is missing.
  ///
  /// `hidden` are folders that the auditor must not see.
  init(_ request: OutsideRequest, hidden: [String]) throws {
    self.request = request
    self.hidden = hidden
    program = try OutsideProgram(request, hidden: hidden)
    confinement = try Confinement.find(unconfined: request.unconfined)
  }

  /// Runs the audit; returns the report, which is committed, and how it ended in words.
  func run(
    _ session: AuditSession, match: MatchFolder
  ) async throws -> (report: Report, ending: String?) {
    let limits = request.limits
    try match.ledger.append(
      LedgerKind.auditorStarted,
      [
        "command": .string(request.command), "confinement": .string(confinement.name),
        "readable": JSONValue(program.readable), "limits": CanonicalJSON.value(limits),
      ])
    let log = match.url.appendingPathComponent("auditor.log")
    let server = AuditServer(session, match: match, author: name, limits: limits) { report in
      try match.commit(report)
    }
    let process = try OutsideProcess(
      program, confinement: confinement, hidden: hidden, limits: limits, log: log)
    let channel = LineChannel(
      input: process.outputFile, output: process.inputFile, limit: limits.messageBytes)
    var ending = await server.serve(over: channel, leavesAfterReport: true)
    // A program that left may have asked for something before; it is still done. One whose time is
    // over is killed first.
    if ending == .left { ending = await server.settle() }
    // What is closed could be opened again by others: nothing is written from here on.
    await channel.stopWriting()
    let ended = await process.end(within: ending == .left || ending == .reported ? 2 : 0)
    ending = await server.settle()
    await server.drain(channel)
    process.close()
    let why = words(ending, ended, limits)
    try match.ledger.append(
      LedgerKind.auditorEnded,
      [
        "ending": .string(ending.rawValue), "process": .string(ended.how), "why": .string(why),
        "messages": JSONValue(server.messages), "spent": CanonicalJSON.value(session.costSoFar),
        "standardError": [
          "file": .string(log.lastPathComponent), "bytes": JSONValue(ended.errorBytes),
          "sha256": .string((try? Digest.sha256(file: log)) ?? ""),
        ],
      ])
    if let report = server.report { return (report, why) }
    let report = Self.inconclusive(because: why, session: session, author: name)
    try match.commit(report)
    return (report, why)
  }

  /// What an audit ends with that nobody reported on.
  static func inconclusive(
    because why: String, session: AuditSession, author: String
  ) -> Report {
    Report(
      verdict: .inconclusive, probabilityModified: 0.5, claims: [],
      narrative: [
        .init(text: "No report: \(why).", evidence: session.evidenceSoFar.map(\.number))
      ], auditor: author, seed: session.seed)
  }

  private func words(
    _ ending: AuditServer.Ending, _ ended: OutsideProcess.Ending, _ limits: OutsideLimits
  ) -> String {
    switch ending {
    case .reported: "the auditor handed in its report; \(ended.how)"
    case .left: "the auditor left without a report; \(ended.how)\(hint(ended))"
    case .late:
      "the auditor had not reported when its \((limits.seconds ?? 0).formatted()) seconds were over"
    case .flooded: "the auditor broke the protocol too often and was stopped"
    }
  }

  /// What to do about a shell's codes for a program that it cannot start.
  ///
  /// A shim of pyenv or conda is found and leads out of what is seen.
  private func hint(_ ended: OutsideProcess.Ending) -> String {
    guard confinement.bubblewrap != nil, [126, 127].contains(ended.code) else { return "" }
    return ": a program is not there where it is shut in; name an interpreter below /usr, such as "
      + "/usr/bin/python3, and see auditor.log"
  }
}
