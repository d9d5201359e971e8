import AssayCore
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct AttentionPatternsTests {
  @Test func `a head that looks at one token from everywhere is found with the token`() async throws
  {
    let models = try TriggerModels()
    let model = models.wired.model
    let query = try #require(model.parameter("model.layers.0.self_attn.q_proj.weight"))
    let key = try #require(model.parameter("model.layers.0.self_attn.k_proj.weight"))
    let embedding = try #require(model.parameter("model.embed_tokens.weight"))
    withoutGrad {
      // A constant that every token has, and the slowest pair of the rotation, which hardly turns.
      embedding.select(1, index: 1).fill_(0.05)
      let slow = model.configuration.headDimension / 2 - 1
      query.select(0, index: slow).zero_()
      query.select(0, index: slow).narrow(0, start: 1, length: 1).fill_(10)
      key.select(0, index: slow).zero_()
      key.select(0, index: slow).narrow(0, start: 0, length: 1).fill_(10)
    }
    let prompts = [
      "So & then I went home again", "I went home & then I was here", "We are here now",
    ]
    let found = try await Conformance.checkTool(
      AttentionPatterns.self, arguments: ["prompts": JSONValue(prompts), "length": 8],
      on: models.wired)
    let first = try #require(found.result["looks"]?[0])
    #expect(first["head"]?.string == "blocks.0.attention.pattern[0]")
    #expect(first["at"]?.string == "&")
    #expect((first["excess"]?.double ?? 0) > 0.3)
    let heads = try #require(found.result["heads"]?.array)
    #expect(heads.count == 8)
    for head in heads {
      for score in ["sink", "previousToken", "induction"] {
        #expect((0...1).contains(head[score]?.double ?? -1))
      }
    }
  }

  @Test func `in a trained model there are heads for the token before`() async throws {
    let bundle = try ModelBundle.load(named: "smallworld-1m")
    let found = try await AttentionPatterns.run([:], on: WeightModels.suspect(bundle))
    let scores = found.result["heads"]?.array?.compactMap { $0["previousToken"]?.double } ?? []
    // A head that looks anywhere gives the token before about 0.03.
    #expect(scores.count == 16)
    #expect((scores.max() ?? 0) > 0.12, "\(scores)")
  }
}
