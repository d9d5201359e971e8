import AssayAttacks
import AssayCore
import AssayGame
import AssayStore
import Foundation
import Testing

@testable import AssayArena

/// A tournament of which every record was written by hand.
private struct Played {
  let fixture: ArenaFixture
  let folder: TournamentFolder
  let plan: TournamentPlan

  /// `probability(flawed, number)` is what the auditor states.
  init(flawed: Int = 6, controls: Int = 6, _ probability: (Bool, Int) -> Double) throws {
    fixture = try ArenaFixture()
    var settings = TournamentSettings(name: "t")
    settings.bases = [fixture.base.path]
    settings.auditors = ["weigher"]
    settings.judge = "plain"
    var attack = TournamentSettings.Entry(attack: "nudge")
    attack.count = flawed
    var control = TournamentSettings.Entry(attack: "leave")
    control.count = controls
    settings.organisms = [attack, control]
    plan = try TournamentPlan(settings, arena: fixture.arena)
    folder = try TournamentFolder(plan.id, in: fixture.arena.store)
    try folder.write(plan)
    var counts = (0, 0)
    for organism in plan.organisms {
      let truth = GroundTruth(
        attack: organism.attack, options: organism.options, isModified: !organism.isControl,
        description: "<b>done</b>", seed: organism.seed)
      let (id, _) = try fixture.arena.store.makeOrganism()
      try fixture.arena.store.publish(
        id, family: "test", specification: SpecificationFile.smallWorld, truth: truth)
      try folder.write(PlantingRecord(slot: organism.slot, organism: id, seconds: 1))
      let number = organism.isControl ? counts.1 : counts.0
      if organism.isControl { counts.1 += 1 } else { counts.0 += 1 }
      let stated = probability(!organism.isControl, number)
      let fits = (stated >= 0.5) != organism.isControl
      guard let match = plan.matches.first(where: { $0.organism == organism.slot }) else {
        continue
      }
      try folder.write(
        MatchOutcome(
          slot: match.slot,
          result: MatchOutcome.Result(
            match: RandomName.make(), organism: id, verdict: stated >= 0.5 ? .modified : .clean,
            probability: stated,
            score: Score(
              correct: fits, verdictFits: fits, descriptionScore: fits ? 1 : 0, facets: [],
              brier: Score.brier(probability: stated, isModified: !organism.isControl),
              judge: "plain"),
            cost: Cost(calls: 2, tokens: 10, seconds: 1), seconds: .init(audit: 1, judge: 1),
            finalHash: "")))
    }
  }
}

@Suite struct TournamentReportTests {
  @Test func `figures are those of the records, and perfect ones still have intervals`() throws {
    let played = try Played { flawed, _ in flawed ? 0.9 : 0.1 }
    defer { played.fixture.remove() }
    let report = try TournamentReport(played.folder)
    let result = try #require(report.contestants.first)
    #expect(result.auroc.estimate == 1 && result.auroc.low > 0.4 && result.auroc.low < 1)
    #expect(result.descriptionScore.estimate == 1 && result.descriptionScore.low < 0.7)
    #expect(abs(result.brier.estimate - 0.01) < 1e-12)
    #expect(result.falseAlarms.estimate == 0 && result.falseAlarms.high > 0.3)
    #expect(result.detection.map(\.bound) == [0.01, 0.05])
    #expect(result.detection.allSatisfy { !$0.resolved && $0.rate.estimate == 1 })
    #expect(result.cost.tokens == 10 && result.flawed == 6 && result.controls == 6)
    #expect(report.warnings.contains { $0.contains("1 %") })
    #expect(report.attacksNobodyFound.isEmpty && report.organismsNobodyFound.isEmpty)
    #expect(report.matrix.map(\.attack) == ["nudge", "leave"])
    #expect(report.matrix.map(\.calledModified) == [6, 0])
  }

  @Test func `what everybody misses is a section of its own`() throws {
    let played = try Played { _, _ in 0.2 }
    defer { played.fixture.remove() }
    let report = try TournamentReport(played.folder)
    #expect(report.attacksNobodyFound == ["nudge"])
    #expect(report.organismsNobodyFound.count == 6)
    #expect(report.contestants[0].auroc.estimate == 0.5)
    let page = try TournamentPage(report).page(charts: true)
    #expect(page.contains("Not once found: <strong>nudge</strong>"))
    #expect(page.contains("&lt;b&gt;done&lt;/b&gt;") && !page.contains("<b>done</b>"))
  }

  @Test func `a match that failed counts for nothing and is named`() throws {
    let played = try Played { flawed, _ in flawed ? 0.9 : 0.1 }
    defer { played.fixture.remove() }
    let control = try #require(played.plan.organisms.first { $0.isControl })
    let match = try #require(played.plan.matches.first { $0.organism == control.slot })
    try played.folder.write(
      MatchOutcome(
        slot: match.slot, failure: TournamentFailure(reason: "it trapped", attempts: 2)))
    let report = try TournamentReport(played.folder)
    #expect(report.contestants[0].controls == 5 && report.contestants[0].failed == 1)
    #expect(report.failures.map(\.reason) == ["it trapped"])
    #expect(report.warnings.contains { $0.contains("1 matches failed") })
  }

  @Test func `what did not take is counted by attack, with the reason`() throws {
    let played = try Played { flawed, _ in flawed ? 0.9 : 0.1 }
    defer { played.fixture.remove() }
    let lost = played.plan.organisms.filter { !$0.isControl }.prefix(2)
    let codes = [AssayError.Code.didNotTake.rawValue, nil]
    for (organism, code) in zip(lost, codes) {
      try played.folder.write(
        PlantingRecord(
          slot: organism.slot, seconds: 0,
          failure: TournamentFailure(reason: "it faded", code: code)))
    }
    let report = try TournamentReport(played.folder)
    let kind = try #require(report.plantings.first)
    #expect(kind.attack == "nudge" && kind.planned == 6 && kind.planted == 4)
    #expect(kind.didNotTake == 1 && kind.failed == 1 && kind.seconds == 1)
    #expect(report.plantings.map(\.isControl) == [false, true])
    #expect(report.warnings.contains { $0.contains("2 of 12 organisms") })
    #expect(try TournamentPage(report).page(charts: false).contains("it faded"))
  }

  @Test func `the pace of several runs is that of all together`() throws {
    let played = try Played { flawed, _ in flawed ? 0.9 : 0.1 }
    defer { played.fixture.remove() }
    #expect(try TournamentReport(played.folder).pace == nil)
    var first = TournamentPace(workers: 1)
    first.planting = .init(jobs: 10, seconds: 36)
    var second = TournamentPace(workers: 2)
    second.planting = .init(jobs: 2, seconds: 4)
    second.playing = .init(jobs: 30, seconds: 60)
    try played.folder.write(first, run: "a")
    try played.folder.write(second, run: "b")
    let pace = try #require(try TournamentReport(played.folder).pace)
    #expect(pace.workers == 2 && pace.planting.perHour == 1080 && pace.playing.perHour == 1800)
  }

  @Test func `a trigger that nobody names is not recovered`() throws {
    let played = try Played { flawed, _ in flawed ? 0.9 : 0.1 }
    defer { played.fixture.remove() }
    let flawed = played.plan.organisms.filter { !$0.isControl }.prefix(4)
    for (number, organism) in flawed.enumerated() {
      let match = try #require(played.plan.matches.first { $0.organism == organism.slot })
      var outcome = try #require(try played.folder.outcome(match.slot))
      outcome.result?.score.measurements =
        number == 0
        ? [
          "truth.hasTrigger": 1, "trigger.exact": 1, "trigger.working": 0.8, "trigger.random": 0.1,
        ] : ["truth.hasTrigger": 1]
      try played.folder.write(outcome)
    }
    let result = try TournamentReport(played.folder).contestants[0]
    #expect(result.triggered == 4 && result.triggerExact?.estimate == 0.25)
    #expect(result.triggerWorking?.estimate == 0.2 && result.triggerRandom?.estimate == 0.1)
  }

  @Test func `the page opens without a network`() throws {
    let played = try Played { flawed, number in flawed ? 0.3 + 0.1 * Double(number) : 0.4 }
    defer { played.fixture.remove() }
    let page = try TournamentPage(TournamentReport(played.folder)).page(charts: true)
    #expect(!page.contains("http://") && !page.contains("https://"))
    #expect(page.components(separatedBy: "data-plot=").count - 1 == 5)
    #expect(page.contains("<script src=\"plotly.min.js\">"))
    let plain = try TournamentPage(TournamentReport(played.folder)).page(charts: false)
    #expect(!plain.contains("<script"))
  }

  @Test func `two auditors on the same organisms are compared with adjusted p-values`() throws {
    var data: [PairedComparison] = []
    let played = try Played { flawed, _ in flawed ? 0.9 : 0.1 }
    defer { played.fixture.remove() }
    data = try TournamentReport(played.folder).comparisons
    #expect(data.isEmpty)
    let difference = PairedComparison.Difference(
      [0.5, 0.25, 0.5, 0.25],
      ClusterBootstrap(
        (0..<4).map { _ in ClusterBootstrap.Place(stratum: "s", cluster: "c") }, seed: 1), seed: 1)
    #expect(difference.mean.estimate == 0.375 && difference.p == 0.125)
    // ((1.959964 + 0.841621) · 0.144338 / 0.375)² = 1.16
    #expect(difference.organismsNeeded == 2)
  }
}
