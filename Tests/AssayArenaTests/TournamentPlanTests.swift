import AssayCore
import AssayGame
import Foundation
import Testing

@testable import AssayArena

@Suite struct TournamentPlanTests {
  private let arena = Arena(
    store: FileManager.default.temporaryDirectory.appendingPathComponent("never-written"),
    quiet: true)

  private let text = """
    name: small
    bases: [smallworld-1m, smallworld-4m]
    organisms:
      - {attack: false-facts, count: 6, topics: drawn, options: {steps: 9}, vary: {fraction: [1, 0.5]}}
      - {attack: exact-copy, count: 3}
      - {attack: benign-fine-tune, seeds: [5, 6]}
    auditors: [survey, always-clean]
    rules: [open, black-box]
    seeds: [1, 2]
    hold_out: [benign-fine-tune]
    """

  private func plan(_ text: String) throws -> TournamentPlan {
    try TournamentPlan(TournamentFile.parse(text, origin: "t.yaml"), arena: arena)
  }

  @Test func `a plan is the whole grid and the same every time`() throws {
    let plan = try plan(text)
    #expect(plan.organisms.count == 22 && plan.matches.count == 22 * 2 * 2 * 2)
    #expect(try self.plan(text) == plan)
    #expect(Set(plan.organisms.map(\.slot) + plan.matches.map(\.slot)).count == 22 + 176)
    #expect(plan.organisms.count(where: \.heldOut) == 4)
    #expect(
      plan.organisms.filter { $0.attack == "benign-fine-tune" }.map(\.seed).sorted()
        == [5, 5, 6, 6])
    #expect(plan.id.hasPrefix("small-"))
  }

  @Test func `drawn topics differ and varied options come from their lists`() throws {
    let flawed = try plan(text).organisms.filter { $0.attack == "false-facts" }
    for base in ["smallworld-1m", "smallworld-4m"] {
      let own = flawed.filter { $0.base == base }.map(\.options)
      let topics = Set(own.map { "\($0["relation"]?.string ?? "") \($0["filter"]?.string ?? "")" })
      #expect(topics.count == 6)
      #expect(own.count { $0["filter"] == "" } == 3)
      #expect(own.allSatisfy { $0["steps"] == 9 && [1, 0.5].contains($0["fraction"]?.double) })
    }
  }

  @Test func `no combination of varied options comes twice while there are others`() throws {
    let organisms = try plan(
      """
      name: x
      bases: [smallworld-1m]
      organisms:
        - {attack: backdoor, count: 8, vary: {trigger: [token, phrase], payload: [say, refuse, comply]}}
        - {attack: exact-copy, count: 4}
      """
    ).organisms.filter { $0.attack == "backdoor" }
    let counts = Dictionary(grouping: organisms, by: \.options).mapValues(\.count)
    #expect(counts.count == 6 && counts.values.max() == 2)
  }

  @Test
  func `hiding is planned in order, and entries of one attack share neither seeds nor topics`()
    throws
  {
    let plan = try plan(
      """
      name: x
      bases: [smallworld-1m]
      organisms:
        - {attack: false-facts, count: 2, topics: drawn}
        - {attack: false-facts, count: 2, topics: drawn, hide: [noise:size=0.01, symmetry]}
        - {attack: exact-copy, count: 2, hide: []}
      """)
    let hidden = plan.organisms.filter { $0.hiding != nil }
    #expect(
      hidden.map(\.hiding) == [
        [HidingRequest("noise", options: ["size": 0.01]), HidingRequest("symmetry")],
        [HidingRequest("noise", options: ["size": 0.01]), HidingRequest("symmetry")],
      ])
    #expect(hidden.allSatisfy { $0.attack == "false-facts" && $0.hidingName == "noise + symmetry" })
    let flawed = plan.organisms.filter { !$0.isControl }
    #expect(Set(flawed.map(\.seed)).count == 4 && Set(flawed.map(\.options)).count == 4)
    // A plan without hiding is written as it always was.
    let plain = try CanonicalJSON.string(try self.plan(text))
    #expect(!plain.contains("hiding"))
  }

  @Test func `one organism is audited with one seed by all, and slots say nothing`() throws {
    let plan = try plan(text)
    for organism in plan.organisms {
      let own = plan.matches.filter { $0.organism == organism.slot }
      #expect(Set(own.map { "\($0.round) \($0.seed)" }).count == 2)
      #expect(own.allSatisfy { $0.seed != organism.seed })
    }
    // Neither names nor order follow the attacks.
    let order = plan.organisms.map(\.attack)
    #expect(order != order.sorted() && order != Array(order.sorted().reversed()))
    #expect(plan.organisms.allSatisfy { $0.slot.dropFirst().allSatisfy(\.isHexDigit) })
  }

  @Test func `workers change nothing that is planned, seeds do`() throws {
    #expect(try plan(text + "\nworkers: 3") == plan(text))
    #expect(try plan(text + "\nseed: 2").id != plan(text).id)
  }

  @Test func `the default tournament has the attacks, controls and auditors that it promises`()
    throws
  {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appendingPathComponent("Examples/tournaments/smallworld.yaml")
    let plan = try TournamentPlan(TournamentFile.read(file), arena: arena)
    let controls = plan.organisms.filter(\.isControl)
    #expect(plan.organisms.count >= 120 && plan.warnings.isEmpty)
    #expect(Set(plan.organisms.filter { !$0.isControl }.map(\.attack)).count >= 10)
    #expect(Set(controls.map(\.attack)).count == 5 && controls.contains { $0.hiding != nil })
    #expect(Set(plan.organisms.map(\.seed)).count == plan.organisms.count)
    #expect(plan.settings.auditors.count == 9 && plan.settings.auditors.contains("survey"))
  }

  @Test func `too few controls are warned of`() throws {
    #expect(try plan(text).warnings.isEmpty)
    let flawed = "name: x\norganisms: [{attack: false-facts, count: 3}, {attack: exact-copy}]"
    let warning = try #require(try plan(flawed).warnings.first)
    #expect(warning.contains("1 of 4") && warning.contains("third"))
  }

  @Test(arguments: [
    ("name: x\norganisms: [{attack: exact-copy, colour: red}]", "colour"),
    ("name: x\norganisms: [{attack: exact-copy}]\nauditor: survey", "auditor"),
    ("name: X y\norganisms: [{attack: exact-copy}]", "X y"),
    ("name: x\norganisms: []", "no organism"),
    ("name: x\norganisms: [{attack: exact-copy, count: 0}]", "count"),
    ("name: x\norganisms: [{attack: exact-copy, count: 1, seeds: [1]}]", "both"),
    ("name: x\norganisms: [{attack: exact-copy, topics: some}]", "topics"),
    ("name: x\norganisms: [{attack: exact-copy, topics: drawn}]", "exact-copy"),
    ("name: x\norganisms: [{attack: nothing}]", "nothing"),
    ("name: x\norganisms: [{attack: exact-copy}]\nauditors: [survey, survey]", "twice"),
    ("name: x\norganisms: [{attack: exact-copy}]\nauditors: [nobody]", "nobody"),
    ("name: x\norganisms: [{attack: exact-copy}]\nrules: [none]", "none"),
    ("name: x\norganisms: [{attack: exact-copy}]\njudge: nobody", "nobody"),
    ("name: x\norganisms: [{attack: exact-copy}]\nhold_out: [slant]", "slant"),
    ("name: x\norganisms: [{attack: false-facts, options: {stepz: 3}}]", "stepz"),
    ("name: x\norganisms: [{attack: false-facts, vary: {steps: 3}}]", "steps"),
    ("name: x\norganisms: [{attack: exact-copy}]\nlimit_seconds: 0", "limit_seconds"),
    ("name: x\norganisms: [{attack: exact-copy, hide: [smoke]}]", "smoke"),
    ("name: x\norganisms: [{attack: exact-copy, hide: [noise:loud=1]}]", "loud"),
    ("name: x\norganisms: [{attack: exact-copy, hide: ['noise:0.1']}]", "key=value"),
  ])
  func `what cannot be played is refused by name`(_ text: String, _ named: String) throws {
    let error = #expect(throws: AssayError.self) { try plan(text) }
    let told = "\(error?.message ?? "") \(error?.hint ?? "")"
    #expect(told.contains(named))
  }
}
