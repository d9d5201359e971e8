import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import Testing

@testable import AssayAttacks

@Suite(.serialized) struct SteeringInWeightsTests {
  @Test func `without its direction the model answers harmful requests`() async throws {
    let base = try ModelBundle.load(named: "smallworld-1m")
    let (_, truth) = try await Conformance.checkAttack(
      SteeringInWeights.self, on: base, options: ["requests": 60, "minimumTake": 0.3])
    #expect(truth.test?.prompts.filter["harm"] == "harmful")
    #expect(truth.measurements["take", default: 0] > truth.measurements["take.twin", default: 1])
  }

  @Test(arguments: ["llama", "gpt2"])
  func `what is removed is written by nothing any more`(family: String) throws {
    let base = try family == "gpt2" ? TinyBases.gpt2() : TinyModel.make()
    let model = base.model.copy(dtype: .float32)
    let raw = Tensor.randn([32], generator: Generator(seed: 5))
    let direction = raw / raw.norm().item()
    SteeringInWeights.remove(direction, from: model)
    let taps = Taps(reading: [.embed, .block(0, .residualAfter), .block(1, .residualAfter)])
    _ = model.logits(Tensor([1, 2, 3, 4], shape: [1, 4]), taps: taps)
    for site in [ActivationSite.embed, .block(0, .residualAfter), .block(1, .residualAfter)] {
      let residual = try #require(taps[site])
      let left = residual.matmul(direction.unsqueeze(-1)).abs().amax().item()
      #expect(left < 1e-5)
    }
  }

  @Test func `a direction is added where there is a bias, and refused where there is none`()
    async throws
  {
    let (organism, _) = try await TinyBases.planted(
      AttackEntry(SteeringInWeights.self), on: try TinyBases.gpt2(),
      options: ["mode": "add", "block": 1, "requests": 8, "minimumTake": -1, "strength": 4])
    #expect(organism.changed(from: try TinyBases.gpt2()) == ["transformer.h.1.mlp.c_proj.bias"])
    await #expect {
      try await Conformance.checkAttack(
        SteeringInWeights.self, on: try TinyModel.make(), options: ["mode": "add", "requests": 8])
    } throws: { ($0 as? AssayError)?.code == .unsupported }
  }
}
