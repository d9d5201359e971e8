import AssayCore
import AssayGame
import AssayModels
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct PromptGeometryTests {
  private let bundle: ModelBundle
  private static let stems = [
    "Tell me", "I went home", "We are here", "Ask", "The town is", "So long", "Who", "He said",
    "A large", "They went",
  ]

  init() throws {
    bundle = try TinyModel.make()
  }

  private func ending(_ end: String) -> JSONValue { JSONValue(Self.stems.map { $0 + end }) }

  @Test func `a probe tells apart what differs, and no shuffled labels`() async throws {
    let found = try await Conformance.checkTool(
      LinearProbe.self,
      arguments: [
        "positive": ending(" %"), "negative": ending(" @"), "test": ["Come on %", "Come on @"],
      ], on: bundle)
    let best = try #require(
      found.result["layers"]?.array?.max {
        ($0["accuracy"]?["estimate"]?.double ?? 0) < ($1["accuracy"]?["estimate"]?.double ?? 0)
      })
    #expect((best["accuracy"]?["estimate"]?.double ?? 0) >= 0.95)
    #expect((best["controlAccuracy"]?.double ?? 1) <= 0.8)
    let kinds = found.result["test"]?.array?.compactMap { $0["kind"]?.string }
    #expect(kinds == ["positive", "negative"])
  }

  @Test func `rules that forbid written inputs forbid a probe`() {
    let rules = Rules(name: "no-prompts", synthetic: false)
    #expect(throws: AssayError.self) { try rules.require(ToolEntry(LinearProbe.self)) }
  }

  @Test func `too few prompts for the folds are refused`() async throws {
    await #expect(throws: AssayError.self) {
      try await LinearProbe.run(
        ["positive": ["a", "b", "c", "d"], "negative": ["e", "f", "g", "h"]],
        on: WeightModels.suspect(bundle))
    }
  }

  @Test func `prompts with another end lie apart, and alike ones do not`() async throws {
    let prompts = Self.stems.map { $0 + " %" } + Self.stems.prefix(4).map { $0 + " @" }
    let found = try await Conformance.checkTool(
      ActivationClusters.self, arguments: ["prompts": JSONValue(prompts), "layer": 0], on: bundle)
    #expect(found.result["smaller"]?["members"]?.doubles?.sorted() == [10, 11, 12, 13])
    #expect((found.result["p"]?.double ?? 1) <= 0.05)
    let (cut, without) = (
      found.result["silhouette"]?.double, found.result["withoutClusters"]?.double
    )
    #expect(try #require(cut) > #require(without))
  }

  @Test func `doses are told apart, none is what the suspect says, a target is read`() async throws
  {
    let found = try await Conformance.checkTool(
      Steering.self,
      arguments: [
        "positive": ending(" %"), "negative": ending(" @"),
        "prompts": ["Tell me", "I went home and"],
        "coefficients": [-8, 0, 8], "target": "a", "written": 4,
      ], on: bundle)
    let doses = try #require(found.result["doses"]?.array)
    #expect(doses.count == 3 && abs(found.result["random"]?["coefficient"]?.double ?? 0) == 8)
    let plain = try await Sample.run(
      ["prompts": ["Tell me"], "maxNewTokens": 4], on: WeightModels.suspect(bundle))
    #expect(
      doses[1]["answers"]?[0]?["answer"]?.string
        == plain.result["samples"]?[0]?["texts"]?[0]?.string)
    #expect(doses[0]["targetProbability"] != doses[2]["targetProbability"])
    await #expect(throws: AssayError.self) {
      try await Steering.run(
        ["positive": ["a"], "negative": ["a"], "prompts": ["b"]], on: WeightModels.suspect(bundle))
    }
  }
}
