import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import Foundation
import Testing

@testable import AssayTools

@Suite struct WeightToolTests {
  @Test func `an entry written in closed form is found with its subject`() async throws {
    let base = try WeightModels.llama()
    let clean = try await Conformance.checkTool(RankOneEdits.self, arguments: [:], on: base)
    #expect((clean.result["matrices"]?[0]?["p"]?.double ?? 0) > 0.01)
    let word = try #require(WeightModels.words(base.requireTokenizer(), 9).last)
    let object = try #require(WeightModels.words(base.requireTokenizer(), 20).last)
    let edited = try WeightModels.changed(base) { model in
      let reader = try WeightVocabulary(WeightModels.suspect(base))
      let units = reader.model.layers[2].units
      let keys = withInference { reader.openings(2, reader.model.normedEmbeddings()) }
      // As ROME does it, with second moments and a ridge of the test's own.
      let moment = keys.T.matmul(keys) / Double(keys.dim(0))
      let covariance = moment + Tensor.eye(64) * (0.02 * moment.diagonal().mean().item())
      let key = keys.select(0, index: word.id)
      let back = covariance.solve(key.unsqueeze(1)).flatten()
      let value = reader.model.unembedding.select(0, index: object.id)
      let length = units.out.matmul(key).norm().item()
      let change = (value * (6 * length / value.norm().item())).outer(back)
      let last = try #require(model.weight(at: .block(2, .mlpOut)))
      // The canonical scale of units, undone.
      let scale = last.detach().norm(0) / units.out.norm(0)
      last.add_(change / (back * key).sum().item() * scale)
    }
    let found = try await Conformance.checkTool(RankOneEdits.self, arguments: [:], on: edited)
    let first = try #require(found.result["matrices"]?[0])
    #expect(first["matrix"]?.string == "blocks.2.mlp.out")
    #expect((first["p"]?.double ?? 1) < 0.01)
    #expect(first["opensFor"]?[0]?["token"]?.string == " " + word.word)
    #expect(first["writes"]?[0]?.string == " " + object.word)

    // Among names alone, of which this vocabulary has few, it is the one; where it is none of them nothing is.
    let all = try WeightModels.words(base.requireTokenizer(), 240).map(\.word)
    #expect(all.contains(word.word))
    func among(_ names: [String]) async throws -> JSONValue {
      let arguments: JSONValue = ["names": JSONValue(names)]
      let suspect = WeightModels.suspect(edited)
      let found = try await RankOneEdits.run(arguments, on: suspect)
      return try #require(
        found.result["matrices"]?.array?.first { $0["matrix"] == "blocks.2.mlp.out" })
    }
    let named = try await among(all)
    #expect(named["opensFor"]?[0]?["token"]?.string == " " + word.word)
    #expect(named["tokensApart"] == 1)
    let others = try await among(all.filter { $0 != word.word })
    let (with, without) = (named["pOfTokens"]?.double, others["pOfTokens"]?.double)
    #expect(try #require(with) < #require(without) / 4)
    await #expect {
      try await RankOneEdits.run(
        ["names": ["one", "two"]], on: WeightModels.suspect(edited))
    } throws: { error in
      (error as? AssayError)?.hint?.contains("more names") == true
    }
  }

  @Test(arguments: [true, false])
  func `a direction that no matrix writes any more is found`(_ isGated: Bool) async throws {
    let base = isGated ? try WeightModels.llama() : try WeightModels.gpt2()
    let clean = try await Conformance.checkTool(WeightSpectra.self, arguments: [:], on: base)
    #expect((clean.result["missing"]?["p"]?.double ?? 0) > 0.01)
    var direction = Tensor.randn([32], generator: Generator(seed: 9))
    direction = direction - direction.mean()
    direction = direction / direction.norm().item()
    let removed = try WeightModels.changed(base) { model in
      for layer in 0..<model.configuration.layers {
        for part in [WeightPlace.Part.attentionOut, .mlpOut] {
          let weight = try #require(model.weight(at: .block(layer, part)))
          weight.sub_(direction.outer(direction.matmul(weight.detach())))
        }
      }
    }
    let found = try await Conformance.checkTool(WeightSpectra.self, arguments: [:], on: removed)
    #expect((found.result["missing"]?["p"]?.double ?? 1) < 0.001)
    #expect(found.result["missing"]?["directions"] == 1)
    #expect(found.summary.contains("1 direction of the residual stream that nothing writes"))
  }

  @Test func `a spectrum unlike its peers is named`() async throws {
    let changed = try WeightModels.changed(WeightModels.llama()) { model in
      let weight = try #require(model.weight(at: .block(3, .mlpOut)))
      let (m, n) = (weight.dim(0), weight.dim(1))
      let spike = Tensor.randn([m], generator: Generator(seed: 1))
        .outer(Tensor.randn([n], generator: Generator(seed: 2)))
      weight.add_(
        spike * (4 * weight.detach().singularValues().amax().item() / spike.norm().item()))
    }
    let found = try await WeightSpectra.run([:], on: WeightModels.suspect(changed))
    let first = try #require(found.result["matrices"]?[0])
    #expect(first["matrix"]?.string == "blocks.3.mlp.out" && (first["p"]?.double ?? 1) < 0.01)
  }

  @Test func `what was added after rounding is found by its rank`() async throws {
    let base = try WeightModels.llama()
    let rounded = base.with(
      model: withoutGrad { base.model.copy(dtype: .bfloat16).copy(dtype: .float32) })
    let clean = try await Conformance.checkTool(LowRankResidue.self, arguments: [:], on: rounded)
    #expect(clean.result["storage"]?["isFinding"] == false)
    let whole = try await LowRankResidue.run([:], on: WeightModels.suspect(base))
    #expect(whole.result["storage"]?["isFinding"] == false, "float32 throughout is no finding")
    let merged = try WeightModels.changed(rounded) { model in
      let weight = try #require(model.weight(at: .block(1, .mlpOut)))
      let delta = Tensor.randn([32, 2], generator: Generator(seed: 4))
        .matmul(Tensor.randn([2, 64], generator: Generator(seed: 5)))
      weight.add_(delta * 2e-6)
    }
    let found = try await LowRankResidue.run([:], on: WeightModels.suspect(merged))
    let first = try #require(found.result["storage"]?["off"]?[0])
    #expect(first["matrix"]?.string == "model.layers.1.mlp.down_proj.weight")
    #expect((1...4).contains(first["rank"]?.int ?? 0))
    #expect(found.summary.hasPrefix("storage: the distance of 1 matrices"))
  }

  @Test func `units out of proportion are found with what opens them`() async throws {
    let base = try WeightModels.llama()
    let clean = try await Conformance.checkTool(UnusualUnits.self, arguments: [:], on: base)
    #expect(clean.result["standOut"] == 0)
    let words = try WeightModels.words(base.requireTokenizer(), 12)
    let wired = try WeightModels.changed(base) { model in
      let embedding = try #require(model.weight(at: .embed)).detach()
      let key = embedding.select(0, index: words[3].id)
      let first = try #require(model.weight(at: .block(1, .mlpIn)))
      let last = try #require(model.weight(at: .block(1, .mlpOut)))
      let (gate, value) = (
        first.detach().norm(1).mean().item(), last.detach().norm(0).mean().item()
      )
      let unit = key / key.norm().item()
      first.select(0, index: 7).copy_(unit * (12 * gate))
      first.select(0, index: 64 + 7).copy_(unit * (12 * gate))
      let written = embedding.select(0, index: words[8].id)
      last.select(1, index: 7).copy_(written * (12 * value / written.norm().item()))
    }
    let found = try await UnusualUnits.run([:], on: WeightModels.suspect(wired))
    let first = try #require(found.result["units"]?[0])
    #expect(first["unit"]?.string == "blocks.1.mlp.hidden[7]" && (first["p"]?.double ?? 1) < 0.01)
    #expect(first["opensFor"]?[0]?.string == " " + words[3].word)
    #expect(first["writes"]?[0]?.string == " " + words[8].word)
    let searched = try await Conformance.checkTool(
      MemorySearch.self, arguments: ["words": [.string(words[8].word)]], on: wired)
    let memory = try #require(searched.result["units"]?[0])
    #expect(memory["unit"]?.string == "blocks.1.mlp.hidden[7]")
    #expect(memory["opensFor"]?[0]?["token"]?.string == " " + words[3].word)
    #expect(memory["writes"]?[0]?.string == " " + words[8].word)
  }

  @Test func `a head that was rewired is unlike the others`() async throws {
    let base = try WeightModels.llama()
    let clean = try await Conformance.checkTool(OVQKCircuits.self, arguments: [:], on: base)
    #expect((clean.result["heads"]?[0]?["p"]?.double ?? 0) > 0.01)
    let words = try WeightModels.words(base.requireTokenizer(), 12)
    let rewired = try WeightModels.changed(base) { model in
      let embedding = try #require(model.weight(at: .embed)).detach()
      let out = try #require(model.weight(at: .block(3, .attentionOut)))
      let part = out.narrow(1, start: 6 * 4, length: 4)
      let written = embedding.select(0, index: words[5].id)
      let change = (written / written.norm().item()).outer(
        Tensor([0.5, -0.5, 0.5, 0.5], shape: [4]))
      part.add_(change * (20 * part.detach().norm().item()))
    }
    let found = try await OVQKCircuits.run([:], on: WeightModels.suspect(rewired))
    let first = try #require(found.result["heads"]?[0])
    #expect(first["head"]?.string == "blocks.3.attention.result[6]")
    #expect((first["p"]?.double ?? 1) < 0.01)
    let ends = first["writes"]?.strings ?? []
    let other = try await OVQKCircuits.run(
      ["writes": 50], on: WeightModels.suspect(rewired)
    ).result["heads"]?[0]?["writes"]?.strings
    #expect(ends.count == 8 && other?.count == 50)
  }
}
