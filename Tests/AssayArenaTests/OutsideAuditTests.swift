import AssayCore
import AssayStore
import AssayTesting
import Foundation
import Testing

@testable import AssayArena

/// Audits by programs in processes of their own.
///
/// They need bubblewrap, which `scripts/setup` installs;
/// without it they fail, because nothing else shows that an auditor is shut in.
@Suite struct OutsideAuditTests {
  @Test func `a program's report is committed, judged and verified as any other`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    let (match, log, entries) = try await fixture.audit("ask \"$weigh\"; ask \"$report\"")
    #expect(match.report.verdict == .modified, "\(match.ending ?? "") \(log)")
    #expect(match.record.auditor == "outside:auditor.sh" && match.record.cost.calls == 1)
    #expect(
      entries.map(\.kind) == [
        LedgerKind.start, LedgerKind.auditorStarted, LedgerKind.auditorClient, LedgerKind.call,
        LedgerKind.report, LedgerKind.auditorEnded,
      ])
    let started = entries[1].body
    #expect(started["confinement"]?.string?.hasPrefix("bubblewrap ") == true)
    #expect(entries.last?.body["standardError"]?["bytes"]?.int == log.utf8.count)
    let judged = try await fixture.arena.arena.judge(match: match.record.id, judge: "plain")
    #expect(judged.summary.correct)
    #expect(try fixture.arena.arena.verify(match: match.record.id).allSatisfy(\.passed))
    let page = try String(contentsOf: judged.page, encoding: .utf8)
    #expect(page.contains("--auditor-command"))
  }

  @Test(arguments: [
    ("exit 3", "it ended with code 3"), ("exit 127", "it ended with code 127"),
    ("kill -9 $$", "it died of signal 9"),
    ("ask \"$weigh\"; exit 0", "it ended with code 0"),
  ])
  func `a program that leaves without a report leaves the audit inconclusive`(
    _ script: String, _ how: String
  ) async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    let (match, _, entries) = try await fixture.audit(script)
    #expect(match.report.verdict == .inconclusive && match.report.probabilityModified == 0.5)
    #expect(match.ending?.contains("without a report") == true)
    // Bubblewrap ends with 128 and the signal of the program that it holds.
    let ended = entries.first { $0.kind == LedgerKind.auditorEnded }?.body["process"]?.string ?? ""
    #expect(ended.contains(how) || (how.contains("signal 9") && ended.contains("137")), "\(ended)")
    let told = match.report.narrative.first?.text.contains("name an interpreter below /usr") == true
    #expect(told == (script == "exit 127"))
    let cited = match.report.narrative.first?.evidence
    #expect(cited == (script.contains("weigh") ? [1] : []))
    _ = try await fixture.arena.arena.judge(match: match.record.id, judge: "plain")
    #expect(try fixture.arena.arena.verify(match: match.record.id).allSatisfy(\.passed))
  }

  @Test func `a program that is late is killed, and the audit is inconclusive`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    let (match, _, entries) = try await fixture.audit(
      "trap '' TERM; sleep 300; ask \"$report\"", limits: OutsideLimits(seconds: 1))
    #expect(match.report.verdict == .inconclusive)
    #expect(match.ending?.contains("1 seconds were over") == true, "\(match.ending ?? "")")
    let ended = try #require(entries.first { $0.kind == LedgerKind.auditorEnded }?.body)
    #expect(ended["ending"] == "late" && ended["process"] == "it was killed")
  }

  @Test func `a program that is silent for a while is left alone`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    // Longer than threads without work are kept: bubblewrap must not take the end of one for ours.
    let (match, log, entries) = try await fixture.audit(
      "ask \"$weigh\"; sleep 8; ask \"$report\"; exit 4", limits: OutsideLimits(seconds: 3600))
    #expect(match.report.verdict == .modified, "\(match.ending ?? "") \(log)")
    let ended = entries.first { $0.kind == LedgerKind.auditorEnded }?.body["process"]
    #expect(ended == "it ended with code 4")
  }

  @Test func `a program that is stopped is killed with all that it started`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    // A process for each way of staying: in the background, in a session of its own, deaf to signals.
    let mark = "\(Int.random(in: 100_000...999_999)).25"
    var limits = OutsideLimits(seconds: 3600)
    limits.faults = 1
    let (match, log, _) = try await fixture.audit(
      """
      sleep \(mark) & setsid sleep \(mark) &
      (trap '' TERM HUP INT; setsid sh -c 'sleep \(mark); printf "%s\\n" "$report"' &)
      cat /proc/[0-9]*/cmdline | tr '\\0' ' ' >&2
      echo noise; echo noise; sleep \(mark)
      """, limits: limits)
    #expect(log.contains(mark))
    #expect(match.ending?.contains("stopped") == true, "\(match.ending ?? "")")
    #expect(Self.commandLines().allSatisfy { !$0.contains(mark) })
  }

  @Test func `noise, long messages and a second report are in the ledger`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    var limits = OutsideLimits(seconds: 3600)
    limits.messageBytes = 4096
    let (match, log, entries) = try await fixture.audit(
      """
      ask "hello"
      ask "$(head -c 100000 /dev/zero | tr '\\0' x)"
      ask "$weigh"; ask "$report"; ask "$again"; ask "$weigh"
      """, limits: limits)
    #expect(match.report.verdict == .modified, "\(log)")
    let faults = entries.filter { $0.kind == LedgerKind.auditorFault }.map { $0.body["fault"] }
    #expect(
      faults == ["malformed-message", "oversized-message", "second-report", "call-after-report"])
    #expect(entries.filter { $0.kind == LedgerKind.report }.count == 1)
  }

  @Test func `a flood ends the audit, and only the first of its standard error is kept`()
    async throws
  {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    var limits = OutsideLimits(seconds: 3600)
    limits.errorBytes = 1000
    let (match, log, entries) = try await fixture.audit(
      """
      head -c 300000 /dev/zero | tr '\\0' e >&2
      yes
      """, limits: limits)
    #expect(match.report.verdict == .inconclusive)
    #expect(match.ending?.contains("broke the protocol") == true)
    #expect(log == String(repeating: "e", count: 1000))
    let ended = try #require(entries.first { $0.kind == LedgerKind.auditorEnded }?.body)
    #expect(ended["standardError"]?["bytes"]?.int ?? 0 >= 300_000)
    #expect(entries.filter { $0.kind == LedgerKind.auditorFault }.count == limits.faults)
  }

  @Test func `a program that never reads holds nothing up beyond its deadline`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    let line = ServedAudit.request(
      1, "resources/read", ["uri": "assay://knowledge/country.capital"])
    let (match, _, _) = try await fixture.audit(
      "while :; do printf '%s\\n' '\(line)'; done", limits: OutsideLimits(seconds: 2))
    #expect(match.report.verdict == .inconclusive)
    #expect(match.ending?.contains("were over") == true)
  }

  // MARK: Shut in

  /// What an auditor tries; each line of its log says "got NAME" where it succeeded.
  private func escapes(_ fixture: OutsideFixture) throws -> String {
    let store = fixture.arena.arena.store.root.path
    let parent = ProcessInfo.processInfo.processIdentifier
    let port = try Self.listener.get().port
    return """
      try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "got $name"; else echo "no $name"; fi >&2; }
      try vault ls '\(store)/vault'
      try truth sh -c 'cat \(store)/vault/*'
      try organism ls '\(fixture.organism.directory.path)'
      try weights head -c 1 '\(fixture.organism.directory.path)/model.safetensors'
      try base ls '\(fixture.arena.base.path)'
      try matches ls '\(store)/matches'
      try neighbours ls '\(fixture.arena.folder.path)/runs'
      try home ls /root /home
      try passwords cat /etc/shadow
      ln -s '\(store)/vault' /tmp/link
      try symlink ls /tmp/link/
      try up ls /tmp/../..\(store)
      try parent-environment sh -c 'tr "\\0" "\\n" </proc/\(parent)/environ | grep .'
      try parent-root ls -L /proc/\(parent)/root
      try parent-files ls /proc/\(parent)/fd/
      try init-root ls '/proc/1/root\(store)'
      try own-root ls '/proc/self/root\(store)'
      try working-folder ls /proc/1/cwd/../..\(store)
      try init-environment sh -c 'tr "\\0" "\\n" </proc/1/environ | grep -v -E "^(PATH|HOME|TMPDIR|LANG|USER|LOGNAME|PYTHON|PWD|OLDPWD|_)"'
      try init-arguments sh -c 'tr "\\0" " " </proc/1/cmdline | grep -F "\(store)"'
      try environment sh -c 'env | grep -v -E "^(PATH|HOME|TMPDIR|LANG|USER|LOGNAME|PYTHON|PWD|OLDPWD|SHLVL|_)"'
      ls -l /proc/self/fd >&2
      try open-files sh -c 'for f in /proc/$$/fd/*; do case ${f##*/} in 0|1|2|10|255) ;; *) [ -e "$f" ] && exit 0;; esac; done; exit 1'
      try kill-parent kill -9 \(parent)
      try kill-init sh -c 'kill -9 1; sleep 0.1; ! [ -e /proc/1 ]'
      try write-root sh -c 'echo x >/x'
      try write-usr sh -c 'echo x >/usr/x'
      try write-own-program sh -c 'echo x >>"\(fixture.arena.folder.path)/auditor.sh"'
      try fill-scratch sh -c 'head -c 20000000 /dev/zero >/tmp/big'; rm -f /tmp/big
      try fill-memory-folder sh -c 'head -c 20000000 /dev/zero >/dev/shm/big'
      try kernel-setting sh -c 'v=$(cat /proc/sys/vm/swappiness); echo "$v" >/proc/sys/vm/swappiness'
      try core-pattern sh -c ': >>/proc/sys/kernel/core_pattern'
      try mount mount -t tmpfs none /mnt
      try namespace unshare -U true
      try interfaces sh -c 'tail -n +3 /proc/net/dev | grep -v lo:'
      try network bash -c 'exec 3<>/dev/tcp/127.0.0.1/\(port)'
      try devices sh -c 'ls /dev/vd* /dev/sd* /dev/nvme* /dev/mem /dev/kmsg'
      echo inside >/tmp/own && try scratch cat /tmp/own
      ask "$weigh"; ask "$report"
      """
  }

  /// A port of this machine on which something surely listens: the test's own.
  private static let listener = Result { try LoopbackListener { _ in } }

  @Test func `no way out: files, processes, environment, network`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    var limits = OutsideLimits(seconds: 3600)
    limits.scratchBytes = 10 << 20
    let (match, log, _) = try await fixture.audit(try escapes(fixture), limits: limits)
    let lines = log.split(separator: "\n").map(String.init)
    #expect(lines.filter { $0.hasPrefix("got ") } == ["got scratch"], "\(log)")
    #expect(lines.filter { $0.hasPrefix("no ") }.count == 35)
    #expect(match.report.verdict == .modified)
  }

  // Without confinement the same attempts succeed, so that their failure above means something.
  @Test func `the attempts are real: unconfined, they succeed, and the ledger says unconfined`()
    async throws
  {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    let store = fixture.arena.arena.store.root.path
    let port = try Self.listener.get().port
    let (_, log, entries) = try await fixture.audit(
      """
      try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "got $name"; fi >&2; }
      try vault ls '\(store)/vault'
      try weights head -c 1 '\(fixture.organism.directory.path)/model.safetensors'
      ln -s '\(store)/vault' link; try symlink ls link/
      try network bash -c 'exec 3<>/dev/tcp/127.0.0.1/\(port)'
      try parent-root ls /proc/\(ProcessInfo.processInfo.processIdentifier)/fd/
      ask "$weigh"; ask "$report"
      """, unconfined: true)
    let got = log.split(separator: "\n").filter { $0.hasPrefix("got ") }.map {
      String($0.dropFirst(4))
    }
    #expect(got == ["vault", "weights", "symlink", "network", "parent-root"])
    let started = try #require(entries.first { $0.kind == LedgerKind.auditorStarted })
    #expect(started.body["confinement"] == "none")
  }

  @Test func `a program that is unconfined and late is killed with its children`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    let mark = "\(Int.random(in: 100_000...999_999)).75"
    let (match, _, _) = try await fixture.audit(
      "sleep \(mark) & sh -c 'sleep \(mark)' & sleep \(mark)", unconfined: true,
      limits: OutsideLimits(seconds: 2))
    #expect(match.report.verdict == .inconclusive)
    #expect(Self.commandLines().allSatisfy { !$0.contains(mark) })
  }

  @Test func `what lies in the store or is no program is refused before anything begins`()
    async throws
  {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    func refusal(_ request: OutsideRequest) async -> AssayError? {
      await #expect(throws: AssayError.self) {
        try await fixture.arena.arena.audit(
          organism: fixture.organism.directory, AuditRequest(outside: request))
      }
    }
    let inside = fixture.organism.directory.appendingPathComponent("config.json").path
    #expect(await refusal(OutsideRequest(command: "/bin/cat \(inside)"))?.code == .forbidden)
    let link = fixture.arena.folder.appendingPathComponent("link")
    try FileManager.default.createSymbolicLink(
      at: link, withDestinationURL: fixture.arena.arena.store.vault.folder)
    #expect(
      await refusal(OutsideRequest(command: "/bin/cat", readable: [link.path]))?.code == .forbidden)
    #expect(await refusal(OutsideRequest(command: "no-such-program-7"))?.code == .notFound)
    #expect(
      await refusal(OutsideRequest(command: "/bin/cat", readable: ["/no/such"]))?.code == .notFound)
    #expect(await refusal(OutsideRequest(command: "'open"))?.code == .usage)
    #expect(fixture.arena.arena.store.matches().isEmpty)
  }

  @Test func `a readable folder that holds the store shows all but the store`() async throws {
    let fixture = try await OutsideFixture()
    defer { fixture.remove() }
    let folder = fixture.arena.folder
    try Data("notes".utf8).write(to: folder.appendingPathComponent("notes.txt"))
    let (_, log, _) = try await fixture.audit(
      """
      cat '\(folder.path)/notes.txt' >&2; echo >&2
      find '\(fixture.arena.arena.store.root.path)' -type f >&2
      echo end >&2; ask "$weigh"; ask "$report"
      """, readable: [folder.path])
    #expect(log.hasPrefix("notes\nend\n"), "\(log)")
  }

  private static func commandLines() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.filter { Int32($0) != nil }.compactMap { pid in
      (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))).map {
        String(decoding: $0, as: UTF8.self).replacing("\0", with: " ")
      }
    }
  }
}
