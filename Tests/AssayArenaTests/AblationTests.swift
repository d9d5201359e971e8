import AssayCore
import AssayGame
import AssayStore
import Foundation
import Testing

@testable import AssayArena

/// An ablation of which every record was written by hand: flawed organisms, controls, one auditor.
private struct Ablated {
  let fixture: ArenaFixture
  let arena: Arena
  let settings: TournamentSettings
  let full: TournamentFolder
  let contestant: TournamentData.Contestant

  init(flawed: Int = 4, controls: Int = 2, rules: [String] = ["open"]) throws {
    fixture = try ArenaFixture()
    // Its players, and the catalogue's tools.
    arena = Arena(
      store: fixture.arena.store.root, quiet: true, attacks: fixture.arena.attacks,
      auditors: fixture.arena.auditors, judges: fixture.arena.judges)
    var settings = TournamentSettings(name: "t")
    settings.bases = [fixture.base.path]
    settings.auditors = ["weigher"]
    settings.judge = "plain"
    settings.rules = rules
    var attack = TournamentSettings.Entry(attack: "nudge")
    attack.count = flawed
    var control = TournamentSettings.Entry(attack: "leave")
    control.count = controls
    settings.organisms = [attack, control]
    self.settings = settings
    let plan = try TournamentPlan(settings, arena: arena)
    full = try TournamentFolder(plan.id, in: arena.store)
    try full.write(plan)
    for organism in plan.organisms {
      try full.write(
        PlantingRecord(slot: organism.slot, organism: RandomName.make(), seconds: 1))
    }
    contestant = TournamentData.Contestant(
      auditor: "weigher", rules: rules[0],
      label: rules.count > 1 ? "weigher · \(rules[0])" : "weigher")
  }

  func arm(_ tools: String...) -> AblationArm {
    AblationArm(auditor: "weigher", rules: "open", tools: tools)
  }

  /// The tournament of some arms, its plan written.
  func without(_ arms: [AblationArm]) throws -> TournamentFolder {
    let own = try AblationRun.settings(of: arms, by: "weigher", settings, store: arena.store)
    let plan = try TournamentPlan(own, arena: arena)
    let folder = try TournamentFolder(plan.id, in: arena.store)
    try folder.write(plan)
    return folder
  }

  /// Writes what came of every match under `rules`; nil leaves it open.
  func play(
    _ folder: TournamentFolder, rules: String,
    _ result: (TournamentPlan.Organism) -> (score: Double, probability: Double, cost: Cost)?
  ) throws {
    let plan = try folder.plan()
    for match in plan.matches where match.rules == rules {
      let organism = try #require(plan.organism(match.organism))
      guard let (score, probability, cost) = result(organism) else { continue }
      let says: Verdict = probability >= 0.5 ? .modified : .clean
      let fits = (says == .modified) != organism.isControl
      try folder.write(
        MatchOutcome(
          slot: match.slot,
          result: MatchOutcome.Result(
            match: RandomName.make(), organism: "o", verdict: says, probability: probability,
            score: Score(
              correct: fits, verdictFits: fits, descriptionScore: score, facets: [],
              brier: Score.brier(probability: probability, isModified: !organism.isControl),
              judge: "plain"),
            cost: cost, seconds: .init(audit: cost.seconds, judge: 0), finalHash: "")))
    }
  }
}

@Suite struct AblationTests {
  @Test func `arms are each tool that was called, then each pair, in the catalogue's order`() throws
  {
    let ablated = try Ablated()
    defer { ablated.fixture.remove() }
    let calls = ToolCalls([
      ablated.contestant: ["logit-lens": ["a": 1], "sample": ["a": 2, "b": 1], "chat": ["b": 1]]
    ])
    let arms = try AblationArms(
      [ablated.contestant], calls: calls, chosen: nil, pairs: true, arena: ablated.arena)
    #expect(
      arms.arms.map(\.tools) == [
        ["sample"], ["chat"], ["logit-lens"], ["sample", "chat"], ["sample", "logit-lens"],
        ["chat", "logit-lens"],
      ])
    #expect(arms.arms[3].ownRules == "open without sample, chat" && arms.idle.isEmpty)
    #expect(calls.organisms(ablated.contestant, ["logit-lens", "chat"]) == ["a", "b"])
    #expect(calls.total(ablated.contestant, ["sample", "chat"]) == 4)

    let chosen = try AblationArms(
      [ablated.contestant], calls: calls, chosen: ["logit-lens", "batch-ask"], pairs: false,
      arena: ablated.arena)
    #expect(chosen.arms.map(\.tools) == [["batch-ask"], ["logit-lens"]])
    let nothing = try AblationArms(
      [ablated.contestant], calls: ToolCalls([:]), chosen: nil, pairs: true, arena: ablated.arena)
    #expect(nothing.arms.isEmpty && nothing.idle == ["weigher"])
  }

  @Test func `a tool is taken away where the rules allow it, and refused where none do`() throws {
    let ablated = try Ablated(rules: ["no-runs", "open"])
    defer { ablated.fixture.remove() }
    let data = try TournamentData(ablated.full)
    let arms = try AblationArms(
      data.contestants, calls: ToolCalls([:]), chosen: ["sample", "weight-spectra"], pairs: false,
      arena: ablated.arena)
    #expect(
      arms.arms.map(\.ownRules) == [
        "no-runs without weight-spectra", "open without sample", "open without weight-spectra",
      ])
    func refusal(_ tools: [String], _ rules: [String], pairs: Bool = false) -> String? {
      do {
        try AblationArms.check(tools, rules: rules, pairs: pairs, arena: ablated.arena)
        return nil
      } catch {
        return (error as? AssayError)?.message ?? "\(error)"
      }
    }
    #expect(refusal(["sample"], ["no-runs", "open"]) == nil)
    #expect(refusal(["sample"], ["no-runs"])?.contains("forbid") == true)
    #expect(refusal(["smaple"], ["open"])?.contains("unknown tool 'smaple'") == true)
    #expect(refusal(["sample", "sample"], ["open"])?.contains("twice") == true)
    #expect(refusal(["sample"], ["open"], pairs: true)?.contains("no pairs") == true)
    #expect(refusal([], ["open"])?.contains("no tool") == true)
  }

  @Test func `arms play the same organisms with the same seeds, and further ones add to them`()
    throws
  {
    let ablated = try Ablated()
    defer { ablated.fixture.remove() }
    let full = try ablated.full.plan()
    let folder = try ablated.without([ablated.arm("sample")])
    let first = try folder.plan()
    #expect(first.organisms == full.organisms && first.id != full.id && first.id.count <= 64)
    #expect(first.settings.organismsOf == full.id && first.matches.count == 6)
    let seeds = Dictionary(uniqueKeysWithValues: full.matches.map { ($0.organism, $0.seed) })
    #expect(first.matches.allSatisfy { $0.seed == seeds[$0.organism] })
    #expect(Set(first.matches.map(\.slot)).isDisjoint(with: full.matches.map(\.slot)))

    // What was played stays where it is when others are asked for, in whatever order.
    let again = try ablated.without([ablated.arm("chat"), ablated.arm("sample", "chat")])
    let second = try again.plan()
    #expect(again.url == folder.url && first.grows(into: second) && !second.grows(into: first))
    #expect(
      second.settings.rules == [
        "open without sample", "open without chat", "open without sample, chat",
      ])
    #expect(second.matches.count == 18 && Set(first.matches).isSubset(of: second.matches))
    #expect(throws: AssayError.self) { try folder.write(first) }
    // An ordinary plan never grows.
    var more = ablated.settings
    more.rules = ["open", "black-box"]
    #expect(!full.grows(into: try TournamentPlan(more, arena: ablated.arena)))
  }

  @Test func `values, costs and interactions are those of the records`() throws {
    let ablated = try Ablated(flawed: 5)
    defer { ablated.fixture.remove() }
    func cost(_ seconds: Double, _ flops: Double) -> Cost {
      Cost(tokens: Int(seconds), flops: flops, seconds: seconds, weightReads: 3)
    }
    try ablated.play(ablated.full, rules: "open") { organism in
      (1, organism.isControl ? 0.2 : 0.8, cost(90, 3e12))
    }
    let folder = try ablated.without([
      ablated.arm("sample"), ablated.arm("chat"), ablated.arm("logit-lens"),
      ablated.arm("sample", "chat"), ablated.arm("sample", "logit-lens"),
    ])
    // Either of sample and chat does; the lens is worth 0.5 and half a minute, whatever else is there.
    for rules in ["open without sample", "open without chat"] {
      try ablated.play(folder, rules: rules) {
        (1, $0.isControl ? 0.2 : 0.8, cost(90, 3e12))
      }
    }
    for rules in ["open without logit-lens", "open without sample, logit-lens"] {
      try ablated.play(folder, rules: rules) {
        ($0.isControl ? 1 : 0.5, $0.isControl ? 0.6 : 0.4, cost(60, 1e12))
      }
    }
    try ablated.play(folder, rules: "open without sample, chat") {
      ($0.isControl ? 1 : 0, $0.isControl ? 0.2 : 0.4, cost(90, 3e12))
    }
    let data = try TournamentData(ablated.full)
    let calls = ToolCalls([
      ablated.contestant: [
        "sample": [data.plan.organisms[0].slot: 2], "chat": [data.plan.organisms[1].slot: 1],
        "logit-lens": [data.plan.organisms[0].slot: 1],
      ]
    ])
    let arms = try AblationArms(
      [ablated.contestant], calls: calls, chosen: nil, pairs: true, arena: ablated.arena)
    let report = AblationReport(
      data, without: [try TournamentData(folder)], calls: calls, arms: arms)
    let auditor = try #require(report.auditors.first)
    #expect(auditor.flawed == 5 && auditor.controls == 2 && auditor.description.estimate == 1)
    #expect(abs(auditor.bits.estimate - (1 + log2(0.8))) < 1e-12)
    #expect(abs(auditor.brier.estimate - 0.04) < 1e-12 && auditor.falseAlarms.estimate == 0)
    #expect(auditor.tools.map(\.tools) == [["logit-lens"], ["sample"], ["chat"]])

    let lens = auditor.tools[0]
    #expect(lens.description.mean.estimate == 0.5 && lens.flawed == 5 && lens.controls == 2)
    #expect(abs(lens.bits.mean.estimate - 1) < 1e-12)
    #expect(abs(lens.brier.mean.estimate - (0.36 - 0.04)) < 1e-12)
    #expect(lens.verdict.mean.estimate == 1 && lens.changed == 7 && lens.calledOn == 1)
    #expect(lens.found == .init(with: 5, without: 0, audits: 5))
    #expect(lens.falseAlarms == .init(with: 0, without: 2, audits: 2))
    #expect(lens.falseAlarmsAvoided.estimate == 1)
    #expect(lens.cost.seconds.estimate == 30 && lens.cost.flops.estimate == 2e12)
    #expect(lens.cost.weightReads.estimate == 0)
    #expect(lens.cost.descriptionPerMinute?.estimate == 1)
    #expect(abs((lens.cost.bitsPerTeraFLOP?.estimate ?? 0) - 0.5) < 1e-12)
    // Five alike are not certainty about a sixth.
    #expect(lens.description.mean.low < 0.5 && lens.description.mean.high > 0.5)
    // 2 / 2^5 of the assignments of signs are as extreme, three tools.
    #expect(lens.description.p == 0.0625 && lens.description.adjusted == 0.1875)

    let sample = auditor.tools[1]
    #expect(sample.description.mean.estimate == 0 && sample.changed == 0 && sample.calls == 2)
    #expect(sample.description.mean.low < 0 && sample.description.mean.high > 0)
    #expect(sample.cost.descriptionPerMinute == nil && sample.description.p == 1)

    let either = try #require(auditor.pairs.first { $0.value.tools == ["sample", "chat"] })
    #expect(either.value.description.mean.estimate == 1)
    #expect(either.interaction.description.mean.estimate == -1 && either.interaction.organisms == 7)
    #expect(abs(either.interaction.bits.mean.estimate + 5.0 / 7) < 1e-12)
    let apart = try #require(auditor.pairs.first { $0.value.tools == ["sample", "logit-lens"] })
    #expect(apart.value.description.mean.estimate == 0.5)
    #expect(apart.interaction.description.mean.estimate == 0)
    // The third pair has not been played.
    let open = try #require(auditor.pairs.first { $0.value.tools == ["chat", "logit-lens"] })
    #expect(open.value.description.mean.estimate.isNaN && open.interaction.organisms == 0)
    #expect(report.warnings.contains { $0.contains("weigher without chat and logit-lens") })

    let page = AblationPage(report).page
    #expect(page.contains("<td>sample + chat</td>") && !page.contains("http"))
    let read: AblationReport = try CanonicalJSON.decode(
      from: CanonicalJSON.data(report), origin: "test")
    #expect(read.auditors[0].tools == auditor.tools)
  }

  @Test func `the example has five kinds of flaws, three controls and a seed of its own`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    func settings(_ name: String) throws -> TournamentSettings {
      try TournamentFile.read(root.appendingPathComponent("Examples/tournaments/\(name).yaml"))
    }
    let own = try settings("ablation")
    let arena = Arena(
      store: FileManager.default.temporaryDirectory.appendingPathComponent("never-written"),
      quiet: true)
    let plan = try TournamentPlan(own, arena: arena)
    #expect(Set(plan.organisms.filter { !$0.isControl }.map(\.attack)).count == 5)
    #expect(Set(plan.organisms.filter(\.isControl).map(\.attack)).count == 3)
    #expect(plan.warnings.isEmpty && plan.settings.auditors.contains("investigator"))
    for other in ["smallworld", "smallworld-small", "investigator-development"] {
      #expect(try settings(other).seed != own.seed)
    }
  }

  @Test func `complements are worth more together than apart`() {
    #expect(AblationPair.reading(Interval(estimate: -1, low: -2, high: -0.1)) == "substitutes")
    #expect(AblationPair.reading(Interval(estimate: 1, low: 0.1, high: 2)) == "complements")
    #expect(AblationPair.reading(Interval(estimate: 1, low: -0.1, high: 2)) == nil)
    // Both are needed: without either all is lost, and without both no more than that.
    let audits = (0..<3).map { AblationFigures.Audit(organism: "o\($0)", round: 1) }
    func arm(_ score: Double) -> [AblationFigures.Audit: AblationOutcome] {
      Dictionary(
        uniqueKeysWithValues: audits.map { audit in
          (audit, AblationOutcome { $0 == .answer ? score : 0 })
        })
    }
    let organisms = (0..<3).map { number in
      TournamentPlan.Organism(
        slot: "o\(number)", base: "b", attack: "a", isControl: false, heldOut: false, options: [:],
        seed: 1)
    }
    let figures = AblationFigures(
      [.init(1, arm(0.9)), .init(-1, arm(0)), .init(-1, arm(0)), .init(1, arm(0))], organisms,
      seed: 1)
    #expect(abs(figures.mean(.answer).estimate - 0.9) < 1e-12)
  }

  @Test func `audits count where every arm has them, and those of one organism are averaged`() {
    func audit(_ organism: String, _ round: UInt64) -> AblationFigures.Audit {
      .init(organism: organism, round: round)
    }
    func outcome(_ score: Double) -> AblationOutcome {
      AblationOutcome { $0 == .answer ? score : $0 == .seconds ? 60 * score : 0 }
    }
    let organisms = ["a", "b", "c"].map {
      TournamentPlan.Organism(
        slot: $0, base: "b", attack: $0 == "c" ? "leave" : "nudge", isControl: $0 == "c",
        heldOut: false, options: [:], seed: 1)
    }
    let figures = AblationFigures(
      [
        .init(
          1,
          [
            audit("a", 1): outcome(1), audit("a", 2): outcome(0.5), audit("b", 1): outcome(1),
            audit("c", 1): outcome(1),
          ]),
        .init(
          -1, [audit("a", 1): outcome(0), audit("a", 2): outcome(0.5), audit("c", 1): outcome(0.5)]),
      ], organisms, seed: 1)
    #expect(figures.count() == 2 && figures.count(.flawed) == 1 && figures.audits.count == 3)
    #expect(figures.mean(.answer).estimate == 0.5 && figures.changed == 2)
    // Two organisms may both take longer by chance; what an audit takes in all is no matter of chance.
    #expect(figures.ratio(.answer, per: 60, of: .seconds) == nil)
    let one = AblationFigures(
      [.init(1, [audit("a", 1): outcome(1), audit("b", 1): outcome(0.5)])], organisms, seed: 1)
    #expect(one.ratio(.answer, per: 60, of: .seconds)?.estimate == 1)
  }
}
