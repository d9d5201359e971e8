import AssayCore
import AssayStore
import Foundation
import Testing

@testable import AssayArena

/// A planted organism, and auditors written as shell scripts, which need nothing but the system.
struct OutsideFixture {
  let arena: ArenaFixture
  let organism: PlantedOrganism

  init(attack: String = "nudge") async throws {
    arena = try ArenaFixture()
    organism = try await arena.arena.plant(
      PlantRequest(
        attack: attack, base: arena.base.path, options: attack == "nudge" ? ["by": 7] : [:]))
  }

  func remove() { arena.remove() }

  /// Audits with a script; `prelude` gives it `ask LINE`, which sends a request and reads one answer.
  func audit(
    _ script: String, unconfined: Bool = false, readable: [String] = [],
    limits: OutsideLimits = OutsideLimits(seconds: 3600)
  ) async throws -> (match: AuditedMatch, log: String, entries: [LedgerEntry]) {
    let file = arena.folder.appendingPathComponent("auditor.sh")
    try Data((Self.prelude + script).utf8).write(to: file)
    let match = try await arena.arena.audit(
      organism: organism.directory,
      AuditRequest(
        outside: OutsideRequest(
          command: "/bin/sh '\(file.path)'", readable: readable, unconfined: unconfined,
          limits: limits)))
    let log = try String(
      contentsOf: match.directory.appendingPathComponent("auditor.log"), encoding: .utf8)
    return (
      match, log, try Ledger.read(match.directory.appendingPathComponent("ledger.jsonl"))
    )
  }

  /// `ask` sends one line and prints the answer to standard error.
  static let prelude = """
    ask() { printf '%s\\n' "$1"; IFS= read -r answer; printf '%s\\n' "$answer" >&2; }
    weigh='\(ServedAudit.call(1, "weigh"))'
    report='\(ServedAudit.call(2, "submit_report", ServedAudit.report))'
    again='\(ServedAudit.call(3, "submit_report", ServedAudit.report))'

    """
}
