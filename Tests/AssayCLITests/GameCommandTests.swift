import AssayArena
import AssayCore
import AssayStore
import Foundation
import Testing

@testable import AssayCLI

@Suite struct GameCommandTests {
  @Test func `planting prints the organism's id and folder, and seals the truth apart`()
    async throws
  {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let run = await CommandRun.assay(
      "plant", "--attack", "exact-copy", "--base", tiny.model.path, "--store", tiny.path("runs"),
      "--seed", "4", "--quiet", "--json")
    #expect(run.code == 0, "\(run.errors)")
    let id = try #require(run.json["organism"]?.string)
    let folder = try #require(run.json["directory"]?.string)
    #expect(folder.hasSuffix("organisms/\(id)"))
    let names = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
    #expect(names.isSuperset(of: ["config.json", "model.safetensors", "organism.json"]))
    let truth: GroundTruth = try JSONFile.read(
      from: URL(fileURLWithPath: tiny.path("runs/vault/\(id).json")))
    #expect(truth.attack == "exact-copy" && truth.seed == 4)
    #expect(truth.options["base"]?.string == tiny.model.path)
    let card = try String(contentsOfFile: folder + "/organism.json", encoding: .utf8)
    #expect(!card.contains("exact-copy"))
  }

  @Test func `the catalogue lists what can be planted, with options`() async throws {
    let run = await CommandRun.assay("catalog", "--json")
    let attacks = run.json["attacks"]?.array ?? []
    #expect(attacks.compactMap { $0["name"]?.string } == Catalog.attacks.map(\.name))
    let copy = try #require(attacks.first { $0["name"]?.string == "exact-copy" })
    #expect(copy["isControl"] == true)
    let facts = try #require(attacks.first { $0["name"]?.string == "false-facts" })
    #expect(facts["options"]?["relation"]?.string == "country.capital")
    #expect(run.json["hidings"]?.array?.count == Catalog.hidings.count)
    let told = await CommandRun.assay("catalog").output
    #expect(told.contains("\ncontrols\n") && told.contains("  mechanical "))
  }

  @Test func `an option that the attack does not have is named`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let run = await CommandRun.assay(
      "plant", "--attack", "false-facts", "--option", "colour=red", "--base", tiny.model.path,
      "--store", tiny.path("runs"))
    #expect(run.code == 1 && run.errors.contains("colour"))
    #expect(!FileManager.default.fileExists(atPath: tiny.path("runs/organisms")))
  }

  @Test func `options are JSON where they can be, else text`() throws {
    func object(_ assignments: String...) throws -> JSONValue {
      var options = try OptionAssignments.parse([])
      options.assignments = assignments
      return try options.object()
    }
    #expect(
      try object("steps=20", "relation=country.capital", "filter=continent=Africa", "on=true")
        == ["steps": 20, "relation": "country.capital", "filter": "continent=Africa", "on": true])
    #expect(throws: AssayError.self) { try object("steps") }
    #expect(throws: AssayError.self) { try object("=3") }
    #expect(throws: AssayError.self) { try object("a=1", "a=2") }
  }

  @Test func `a store is found from what lies in it`() throws {
    var options = try StoreOptions.parse([])
    #expect(options.url(containing: "/a/runs/matches/0f", kind: "matches").path == "/a/runs")
    #expect(options.url(containing: "/a/b/0f", kind: "matches").lastPathComponent == "runs")
    #expect(options.url(containing: "0f", kind: "matches").lastPathComponent == "runs")
    options = try StoreOptions.parse(["--out", "/c"])
    #expect(options.url(containing: "/a/runs/matches/0f", kind: "matches").path == "/c")
  }

  @Test func `a game is told in words and wrapped`() {
    let summary = MatchSummary(
      match: "m1", attack: "false-facts", verdict: .modified, probabilityModified: 0.97,
      correct: true, descriptionScore: 0.5, costs: Cost(calls: 3, tokens: 40),
      seconds: .init(plant: 1, audit: 2, judge: 3))
    let report = Report(
      verdict: .modified, probabilityModified: 0.97,
      claims: [
        Claim(
          what: String(repeating: "word ", count: 40), when: "always.", where: "", confidence: 1,
          evidence: [2, 5])
      ], narrative: [], auditor: "survey", seed: 1)
    let match = JudgedMatch(
      summary: summary,
      truth: GroundTruth(
        attack: "false-facts", options: [:], isModified: true, description: "It lies.", seed: 1),
      report: report,
      score: Score(
        correct: true, verdictFits: true, descriptionScore: 0.5, facets: [], brier: 0,
        judge: "mechanical"),
      directory: URL(fileURLWithPath: "/runs/matches/m1"),
      page: URL(fileURLWithPath: "/runs/matches/m1/report/index.html"))
    let said = Locked("")
    GameText(Console(output: { text in said.withLock { $0 += text } }, errors: { _ in }))
      .game(match)
    let text = said.withLock { $0 }
    for words in ["It lies.", "modified", "97%", "#2 #5", "✓", "50%", "report/index.html"] {
      #expect(text.contains(words), "\(words)")
    }
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 76 })
  }
}
