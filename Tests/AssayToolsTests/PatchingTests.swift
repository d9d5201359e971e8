import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct PatchingTests {
  private let models: TriggerModels
  private let bundle: ModelBundle
  private static let pair: JSONValue = [
    "prompt": "Tell me & now", "other": "Tell me % now",
  ]

  init() throws {
    models = try TriggerModels()
    bundle = models.wired
  }

  @Test func `before the first block only the token that differs brings the answer back`()
    async throws
  {
    let found = try await Conformance.checkTool(
      ActivationPatching.self, arguments: Self.pair, on: bundle)
    let tokens = (found.result["positions"]?.array ?? []).compactMap(\.strings)
    let place = try #require(tokens.firstIndex { $0[0] != $0[1] })
    let first = try #require(found.result["layers"]?[0]?["restored"]?.doubles)
    for (index, share) in first.enumerated() {
      #expect(abs(share - (index == place ? 1 : 0)) < 2e-3)
    }
    #expect(found.result["answer"]?.string == "Z")
    // The head of the first block carries it to the last token.
    let second = try #require(found.result["layers"]?[1]?["restored"]?.doubles)
    #expect((second.last ?? 0) > 0.5)
  }

  @Test func `the direct path of the last MLP is what patching it alone does`() async throws {
    let suspect = WeightModels.suspect(bundle)
    var arguments = Self.pair
    arguments["path"] = "direct"
    let direct = try await Conformance.checkTool(
      ActivationPatching.self, arguments: arguments, on: bundle)
    arguments["path"] = "all"
    arguments["part"] = "mlp.out"
    let all = try await ActivationPatching.run(arguments, on: suspect)
    let rows = try #require(direct.result["components"]?.array)
    let own = try #require(rows.first { $0["component"]?.string == "blocks.1.mlp.out" })
    let share = try #require(all.result["layers"]?[1]?["restored"]?.doubles?.last)
    #expect(abs((own["restored"]?.double ?? 9) - share) < 2e-3)
    // Two heads share the value head that was wired; between them they write the answer.
    let heads = rows.prefix(2).compactMap { $0["component"]?.string }
    #expect(heads.contains { $0.hasPrefix("blocks.0.attention.result") })
  }

  @Test func `prompts of different lengths are refused, and the same one twice`() async throws {
    let suspect = WeightModels.suspect(bundle)
    for other in ["Tell me at once, and do not wait", "Tell me & now"] {
      await #expect(throws: AssayError.self) {
        try await ActivationPatching.run(
          ["prompt": "Tell me & now", "other": .string(other)], on: suspect)
      }
    }
  }

  @Test func `hiding a subject hides its answer, and late states bring it back`() async throws {
    let found = try await Conformance.checkTool(
      CausalTracing.self,
      arguments: ["prompt": "Tell me & now", "subject": "&", "samples": 3], on: bundle)
    let clean = try #require(found.result["clean"]?.double)
    let hidden = try #require(found.result["hidden"]?.double)
    let rows = try #require(
      found.result["layers"]?.array?.compactMap { $0["restored"]?.doubles })
    let subject = try #require(found.result["subject"]?.doubles?.first)
    #expect(abs((rows.last?.last ?? 9) - clean) < 1e-3)
    for place in 0..<Int(subject) { #expect(abs(rows[0][place] - hidden) < 1e-3) }
    await #expect(throws: AssayError.self) {
      try await CausalTracing.run(
        ["prompt": "Tell me", "subject": "Chad"], on: WeightModels.suspect(bundle))
    }
  }

  @Test func `a subject is found behind characters of several tokens`() throws {
    let tokenizer = try bundle.requireTokenizer()
    let prompt = "Zürich, Łódź & so on"
    #expect(tokenizer.encode("Łódź").count > "Łódź".count)
    let place = try SubjectPlace("&", in: prompt, tokenizer, tool: "causal-tracing")
    let held = tokenizer.decode(Array(place.ids[place.tokens]))
    #expect(held.drop(while: \.isWhitespace) == "&")
  }

  @Test func `a long prompt is patched and restored at every token`() async throws {
    let start = String(repeating: "so long ", count: 40)
    let suspect = WeightModels.suspect(bundle)
    let patched = try await ActivationPatching.run(
      [
        "prompt": .string(start + "& now "), "other": .string(start + "% now "), "answer": "Z",
        "otherAnswer": "a",
      ], on: suspect)
    let positions = try #require(patched.result["positions"]?.array).compactMap(\.strings)
    let shares = try #require(patched.result["layers"]?[0]?["restored"]?.doubles)
    #expect(shares.count > 64 && shares.count == positions.count)
    for (pair, share) in zip(positions, shares) {
      #expect(abs(share - (pair[0] == pair[1] ? 0 : 1)) < 0.05)
    }
    let traced = try await CausalTracing.run(
      ["prompt": .string(start + "& now"), "subject": "&", "samples": 3], on: suspect)
    let rows = try #require(
      traced.result["layers"]?.array?.compactMap { $0["restored"]?.doubles })
    let clean = try #require(traced.result["clean"]?.double)
    #expect(rows.allSatisfy { $0.count == traced.result["tokens"]?.array?.count })
    #expect(abs((rows.last?.last ?? 9) - clean) < 1e-3)
  }

  @Test func `what all parts write adds up to the logit`() async throws {
    for base in [bundle, try WeightModels.gpt2()] {
      let found = try await DirectLogitAttribution.run(
        ["prompts": ["Tell me & now", "Ask"], "top": 100], on: WeightModels.suspect(base))
      let total = try #require(found.result["total"]?.double)
      let sum = try #require(found.result["sumOfParts"]?.double)
      #expect(abs(total - sum) < 1e-2 * max(1, abs(total)))
    }
    let found = try await Conformance.checkTool(
      DirectLogitAttribution.self,
      arguments: ["prompts": ["Tell me & now"], "targets": ["Z"], "against": ["a"]], on: bundle)
    #expect(found.result["parts"]?[0]?["part"]?.string?.hasPrefix("blocks.0.attention") == true)
  }
}
