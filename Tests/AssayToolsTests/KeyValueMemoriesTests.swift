import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct KeyValueMemoriesTests {
  private static let unit = 17
  private static let layer = 1
  private let bundle: ModelBundle
  private let prompt = "The capital of Chad is"

  /// A tiny model in which one hidden unit was written by hand: it opens on what the last token of
  /// `prompt` looks like inside, and writes the first token of " Lima".
  init() throws {
    bundle = try TinyModel.make()
    let model = bundle.model
    let tokenizer = try bundle.requireTokenizer()
    let ids = tokenizer.encode(prompt)
    let taps = Taps(reading: [.block(Self.layer, .mlpIn)])
    let answer = try #require(tokenizer.encode(" Lima").first)
    let name = "model.layers.\(Self.layer).mlp"
    let gate = try #require(model.parameter("\(name).gate_proj.weight"))
    let up = try #require(model.parameter("\(name).up_proj.weight"))
    let down = try #require(model.parameter("\(name).down_proj.weight"))
    let embedding = try #require(model.parameter("model.embed_tokens.weight"))
    withoutGrad {
      _ = model.logits(Tensor(ids, shape: [1, ids.count]), taps: taps)
      guard let inside = taps[.block(Self.layer, .mlpIn)] else { return }
      let key = inside.select(0, index: 0).select(0, index: ids.count - 1).clone()
      gate.select(0, index: Self.unit).copy_(key * 0.2)
      up.select(0, index: Self.unit).copy_(key * 0.2)
      down.select(1, index: Self.unit).copy_(embedding.select(0, index: answer) * 2)
    }
  }

  @Test func `a unit planted by hand is found first, with what it writes and when it opens`()
    async throws
  {
    let found = try await Conformance.checkTool(
      KeyValueMemories.self,
      arguments: [
        "prompts": [.string(prompt)], "targets": ["Lima"], "controls": ["def add(a, b):"],
        "top": 3,
      ], on: bundle)
    let first = try #require(found.result["units"]?[0])
    #expect(first["unit"]?.string == "blocks.1.mlp.hidden[17]")
    let tokenizer = try bundle.requireTokenizer()
    let answer = try #require(tokenizer.encode(" Lima").first)
    #expect(first["writes"]?[0]?.string == tokenizer.decode([answer]))
    let opening = try #require(first["opening"]?.double)
    let control = try #require(first["controlOpening"]?.double)
    #expect(opening > 1 && opening > 3 * abs(control))
    #expect(first["opensMostOn"]?[0]?.string == prompt)
    #expect(found.weightReads == 4)
  }

  @Test func `a contribution is what the logit loses without the unit`() async throws {
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
    let found = try await KeyValueMemories.run(
      ["prompts": [.string(prompt)], "targets": ["Lima"]], on: suspect)
    let claimed = try #require(found.result["units"]?[0]?["contribution"]?.double)
    // In the last block the direct path is all there is, up to the norm, which is held fixed.
    let tokenizer = try bundle.requireTokenizer()
    let ids = tokenizer.encode(prompt)
    let answer = try #require(tokenizer.encode(" Lima").first)
    let model = bundle.model
    let down = try #require(model.parameter("model.layers.1.mlp.down_proj.weight"))
    let taps = Taps(reading: [.block(1, .residualAfter), .block(1, .mlpHidden)])
    let expected = withInference {
      let tokens = Tensor(ids, shape: [1, ids.count])
      let whole = model.logits(tokens, taps: taps)
        .select(0, index: 0).select(0, index: ids.count - 1)
      guard let residual = taps[.block(1, .residualAfter)], let keys = taps[.block(1, .mlpHidden)]
      else { return Double.nan }
      let last = residual.select(0, index: 0).select(0, index: ids.count - 1)
      let key = keys.select(0, index: 0).select(0, index: ids.count - 1).floats()[Self.unit]
      let without = last - down.select(1, index: Self.unit) * Double(key)
      // Undo the change of norm: logits are the unembedding over the root mean square.
      let change = (last.square().mean() / without.square().mean()).sqrt().item()
      let less = model.unembed(without.reshape([1, -1])).flatten()
      return Double(whole.floats()[answer]) - Double(less.floats()[answer]) / change
    }
    #expect(abs(claimed - expected) < 0.02 * abs(expected) + 0.01)
  }
}
