import AssayArena
import AssayCore
import AssayStore
import Foundation
import Testing

@testable import AssayCLI

extension TinyTournament {
  fileprivate init(limit: Double = 120) throws {
    try self.init(
      organisms: 3, auditors: "random, twenty-questions", limit: limit, more: "seeds: [1, 2]")
  }

  /// What came of every match of the one tournament in a store, by slot.
  fileprivate func outcomes(_ store: String) throws -> [String: JSONValue] {
    let (folder, plan) = try open(store)
    var found: [String: JSONValue] = [:]
    for match in plan.matches {
      let result = try #require(try folder.outcome(match.slot)?.result, "\(match.slot)")
      found[match.slot] = [
        "verdict": .string(result.verdict.rawValue), "probability": .number(result.probability),
        "score": try CanonicalJSON.value(result.score),
      ]
    }
    return found
  }

  fileprivate func open(_ store: String) throws -> (folder: TournamentFolder, plan: TournamentPlan)
  {
    let matches = MatchStore(root: URL(fileURLWithPath: tiny.path(store)))
    let id = try #require(matches.tournaments().first)
    let folder = try TournamentFolder(id, in: matches)
    return (folder, try folder.plan())
  }

  /// Organisms and matches in a store, whole or not.
  fileprivate func folders(_ store: String) -> Int {
    names("\(store)/organisms").count + names("\(store)/matches").count
  }

  /// Names in a folder of a store.
  fileprivate func names(_ path: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: tiny.path(path))) ?? []
  }
}

#if os(Linux)
  @Suite(.serialized) struct TournamentCommandTests {
    @Test func `a tournament killed again and again ends as one that was left alone`() async throws
    {
      let tournament = try TinyTournament()
      defer { tournament.tiny.remove() }
      let whole = try tournament.start("run", store: "whole")
      #expect(whole.wait() == 0, "\(tournament.errors)")
      let expected = try tournament.outcomes("whole")
      #expect(expected.count == 3 * 2 * 2)

      var killed = 0
      for (attempt, folders) in [1, 3, 7, 11].enumerated() {
        let run = try tournament.start("run", store: "killed")
        // Kills fall into planting, playing and between, however slow the machine is.
        while run.isRunning, tournament.folders("killed") < folders { usleep(2000) }
        guard run.isRunning else { break }
        killed += 1
        if attempt == 2 { run.killAlone() } else { run.killTree(workersFirst: attempt % 2 == 0) }
      }
      #expect(killed > 0)
      let last = try tournament.start("run", store: "killed")
      #expect(last.wait() == 0, "\(tournament.errors)")
      #expect(try tournament.outcomes("killed") == expected)

      // Nothing is left over: every organism and match belongs to one record.
      let (folder, plan) = try tournament.open("killed")
      let results = try plan.matches.compactMap { try folder.outcome($0.slot)?.result?.match }
      #expect(Set(tournament.names("killed/matches")) == Set(results) && Set(results).count == 12)
      let organisms = try plan.organisms.compactMap { try folder.planting($0.slot)?.organism }
      #expect(Set(tournament.names("killed/organisms")) == Set(organisms))
      #expect(Set(tournament.names("killed/vault")) == Set(organisms.map { $0 + ".json" }))
      #expect(tournament.names("killed/tournaments/\(plan.id)/claims").isEmpty)

      let verified = await CommandRun.assay(
        "verify", folder.url.path, "--json")
      #expect(verified.code == 0 && verified.json["verified"] == true, "\(verified.output)")
      let index = try folder.store.index()
      let grown = try ["organisms", "matches", "scores", "evidence"].map { try index.dump($0) }
      try index.rebuild()
      #expect(
        try ["organisms", "matches", "scores", "evidence"].map { try index.dump($0) } == grown)
      #expect(grown[2].count == 12)
    }

    @Test func `workers end when their coordinator is killed alone`() async throws {
      let tournament = try TinyTournament()
      defer { tournament.tiny.remove() }
      let run = try tournament.start("run")
      var workers: [Int32] = []
      for _ in 0..<1200 where workers.count < 2 {
        TournamentProcess.pause()
        workers = run.workers
      }
      #expect(workers.count == 2)
      run.killAlone()
      for _ in 0..<1200 where workers.contains(where: TournamentProcess.isAlive) {
        TournamentProcess.pause()
      }
      #expect(!workers.contains(where: TournamentProcess.isAlive))
    }

    @Test func `a worker that dies loses its match for a moment and the tournament nothing`()
      async throws
    {
      let tournament = try TinyTournament()
      defer { tournament.tiny.remove() }
      let run = try tournament.start("run")
      var workers: [Int32] = []
      for _ in 0..<1200 where workers.isEmpty {
        TournamentProcess.pause()
        workers = run.workers
      }
      kill(try #require(workers.first), SIGKILL)
      #expect(run.wait() == 0, "\(tournament.errors)")
      #expect(try tournament.outcomes("runs").count == 12)
    }

    @Test(arguments: [">/dev/null", "3>&1 >/dev/null"])
    func `workers that do their jobs and never say so hold a tournament up for moments alone`(
      silence: String
    ) async throws {
      let tiny = try TinyModelFolder()
      defer { tiny.remove() }
      // The second keeps the pipe open and says nothing.
      let script = tiny.path("worker")
      let text = "#!/bin/sh\nexec '\(TournamentProcess.program.path)' \"$@\" \(silence)\n"
      try Data(text.utf8).write(to: URL(fileURLWithPath: script))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
      var settings = TournamentSettings(name: "silent")
      settings.bases = [tiny.model.path]
      settings.organisms = [TournamentSettings.Entry(attack: "exact-copy")]
      settings.auditors = ["random"]
      settings.limitSeconds = 3600
      let store = URL(fileURLWithPath: tiny.path("runs"))
      let summary = try await TournamentRun(
        settings, arena: Arena(store: store, quiet: true),
        executable: URL(fileURLWithPath: script), workers: 1
      ).run()
      #expect(summary.organisms == 1 && summary.matches == 1 && summary.failures.isEmpty)
      let claims = "runs/tournaments/\(summary.tournament)/claims"
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: tiny.path(claims)).isEmpty)
    }

    @Test func `what takes too long has failed, with a reason, and is never clean`() throws {
      let tournament = try TinyTournament(limit: 0.01)
      defer { tournament.tiny.remove() }
      let run = try tournament.start("run")
      #expect(run.wait() == 0, "\(tournament.errors)")
      let (folder, plan) = try tournament.open("runs")
      for organism in plan.organisms {
        let failure = try #require(try folder.planting(organism.slot)?.failure)
        #expect(failure.reason.contains("longer than 0.01 seconds") && failure.attempts == 2)
      }
      for match in plan.matches {
        let outcome = try #require(try folder.outcome(match.slot))
        #expect(outcome.result == nil && outcome.failure?.reason.contains("not planted") == true)
      }
      #expect(tournament.errors.contains("longer than 0.01"))
      #expect(throws: AssayError.self) { try TournamentReport(folder) }
    }

    @Test func `a second run of the same tournament is refused while the first is at work`()
      async throws
    {
      let tournament = try TinyTournament()
      defer { tournament.tiny.remove() }
      let run = try tournament.start("run")
      defer { run.killTree(workersFirst: false) }
      for _ in 0..<1200 where run.workers.isEmpty { TournamentProcess.pause() }
      let second = await CommandRun.assay(
        "tournament", "run", tournament.file, "--store", tournament.tiny.path("runs"), "--quiet")
      #expect(second.code == 1 && second.errors.contains("being played already"))
    }
  }
#endif
