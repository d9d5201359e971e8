import AssayArena
import AssayCore
import AssayStore
import Foundation
import Testing

@testable import AssayCLI

/// A tournament whose auditor is played without its tools.
private struct TinyAblation {
  let tournament: TinyTournament

  init(auditors: String = "twenty-questions", rules: String = "open") throws {
    tournament = try TinyTournament(organisms: 2, auditors: auditors, more: "rules: [\(rules)]")
  }

  var tiny: TinyModelFolder { tournament.tiny }
  var file: String { tournament.file }
  var errors: String { tournament.errors }
  var store: MatchStore { MatchStore(root: URL(fileURLWithPath: tiny.path("runs"))) }

  func start(_ arguments: [String]) throws -> TournamentProcess {
    try tournament.start("ablate", arguments)
  }

  func refused(_ arguments: String...) async -> CommandRun {
    await CommandRun.assay(
      ["tournament", "ablate", file, "--store", tiny.path("runs"), "--quiet"] + arguments)
  }

  /// Ids of matches by rules, in the order of their slots.
  func played() throws -> [String: [String]] {
    var found: [String: [String]] = [:]
    for id in store.tournaments() {
      let folder = try TournamentFolder(id, in: store)
      // One that was killed at once has a folder and no plan yet.
      guard FileManager.default.fileExists(atPath: folder.planFile.path) else { continue }
      for match in try folder.plan().matches.sorted(by: { $0.slot < $1.slot }) {
        guard let result = try folder.outcome(match.slot)?.result else { continue }
        found[match.rules, default: []].append(result.match)
      }
    }
    return found
  }
}

#if os(Linux)
  @Suite(.serialized) struct AblateCommandTests {
    @Test func `an ablation goes on where it was killed, grows, and its matches are ordinary ones`()
      async throws
    {
      let ablation = try TinyAblation(auditors: "random, twenty-questions")
      defer { ablation.tiny.remove() }
      let asker = ["--auditor", "twenty-questions"]
      let run = try ablation.start(asker)
      // Killed once something without a tool is under way, if it is not over by then.
      while run.isRunning, ablation.store.matches().count < 3 { usleep(2000) }
      if run.isRunning { run.killTree(workersFirst: true) }
      let kept = try ablation.played()
      #expect(kept["open"]?.count == 2)
      let again = try ablation.start(asker + ["--html"])
      #expect(again.wait() == 0, "\(ablation.errors)")
      let first = try ablation.played()
      #expect(first["open"] == kept["open"] && first["open without sample"]?.count == 2)
      #expect(first.count == 2)

      // A tool that is never called, and the pair: nothing is played twice.
      let more = try ablation.start(asker + ["--tools", "chat, sample", "--pairs"])
      #expect(more.wait() == 0, "\(ablation.errors)")
      let second = try ablation.played()
      #expect(second["open"] == first["open"])
      #expect(second["open without sample"] == first["open without sample"])
      #expect(second["open without chat"]?.count == 2 && second.count == 4)
      #expect(second["open without sample, chat"]?.count == 2)

      let tournaments = ablation.store.tournaments()
      #expect(tournaments.count == 2 && ablation.store.organisms().count == 2)
      for id in tournaments {
        let verified = await CommandRun.assay(
          "verify", id, "--store", ablation.tiny.path("runs"), "--json")
        #expect(verified.code == 0 && verified.json["verified"] == true, "\(verified.output)")
      }
      // The other auditor of the file is not played until it is asked for, and the tournament stays the same.
      let all = try ablation.start(["--json"])
      #expect(all.wait() == 0, "\(ablation.errors)")
      #expect(
        try ablation.played()["open"]?.count == 4 && ablation.store.tournaments() == tournaments)

      // What the rules took away was not called.
      for match in second["open without sample"] ?? [] {
        let ledger = try ablation.store.match(match).ledger.entries
        #expect(!ledger.contains { $0.kind == LedgerKind.call })
      }
      let pages = tournaments.filter {
        FileManager.default.fileExists(
          atPath: ablation.tiny.path("runs/tournaments/\($0)/report/ablation.html"))
      }
      #expect(pages.count == 1)
    }

    @Test func `an auditor that calls no tool has nothing to lose`() throws {
      let ablation = try TinyAblation()
      defer { ablation.tiny.remove() }
      let run = try ablation.start(["--auditor", "random"])
      #expect(run.wait() == 1)
      #expect(ablation.errors.contains("there is no tool to take away: random called none"))
      #expect(ablation.errors.contains("--auditor"))
    }

    @Test func `what cannot be taken away is refused before anything is planted`() async throws {
      let ablation = try TinyAblation(rules: "no-runs")
      defer { ablation.tiny.remove() }
      for (arguments, told) in [
        (["--tools", "smaple"], "unknown tool 'smaple'"),
        (["--tools", "sample"], "'sample' cannot be taken away: rules 'no-runs' forbid"),
        (["--tools", "weight-spectra,weight-spectra"], "named twice"),
        (["--tools", "weight-spectra", "--pairs"], "no pairs of one tool"),
        (["--tools", ""], "no tool is named"),
        (["--auditor", "nobody"], "unknown auditor 'nobody'"),
        (["--auditor", "random", "--auditor", "random"], "named twice"),
      ] {
        let run = await CommandRun.assay(
          ["tournament", "ablate", ablation.file, "--store", ablation.tiny.path("runs")] + arguments
        )
        #expect(run.code == 1 && run.errors.contains(told), "\(arguments): \(run.errors)")
      }
      let both = await ablation.refused("--pairs", "--without-pairs")
      #expect(both.code == 64)
      #expect(!FileManager.default.fileExists(atPath: ablation.tiny.path("runs")))
    }
  }
#endif
