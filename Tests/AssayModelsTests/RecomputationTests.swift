import AssayTensor
import Foundation
import Testing

@testable import AssayModels

/// Blocks computed again in backward, against blocks that were kept.
@Suite struct RecomputationTests {
  @Test func `a recomputed function has the gradients of a plain one`() throws {
    let x = Tensor.randn([3, 4], generator: Generator(seed: 1))
    let w = Tensor.randn([4, 4], generator: Generator(seed: 2))
    let frozen = Tensor.randn([4, 4], generator: Generator(seed: 3))
    x.requiresGrad = true
    w.requiresGrad = true
    var calls = 0
    func f(_ given: [Tensor]) -> Tensor {
      calls += 1
      return given[0].matmul(given[1]).tanh().matmul(given[2])
    }
    let plain = f([x, w, frozen])
    (plain * plain).sum().backward()
    let expected = [x, w].map { $0.grad }
    x.zeroGrad()
    w.zeroGrad()
    calls = 0
    let again = Tensor.recomputed([x, w, frozen], f)
    #expect(calls == 1)
    #expect(maxDifference(again.detach(), plain.detach()) == 0)
    (again * again).sum().backward()
    #expect(calls == 2)
    for (tensor, gradient) in zip([x, w], expected) {
      #expect(maxDifference(try #require(tensor.grad), try #require(gradient)) < 1e-6)
    }
    #expect(frozen.grad == nil)
  }

  @Test(arguments: FamilyTests.cases.map { "families/\($0)" } + ModelFixture.names)
  func `recomputed blocks give the gradients of blocks that are kept`(_ name: String) throws {
    let model = try ModelFixture(name).bundle.model
    let tokens = Tensor.randint(
      0..<model.configuration.vocabularySize, [2, 9], generator: Generator(seed: 1))
    let batch = TokenBatch(tokens: tokens)
    func gradients(recomputing: Bool) throws -> [Tensor] {
      for parameter in model.parameters {
        parameter.tensor.requiresGrad = true
        parameter.tensor.zeroGrad()
      }
      model.withTrainingWeights(dtype: .float32, recomputing: recomputing) {
        batch.loss(model.logits(batch.inputs)).backward()
      }
      return try model.parameters.map { try #require($0.tensor.grad, "\($0.name)") }
    }
    let (kept, again) = (
      try gradients(recomputing: false), try gradients(recomputing: true)
    )
    for (parameter, (a, b)) in zip(model.parameters, zip(kept, again)) {
      #expect(maxDifference(a, b) <= 1e-6 * max(1, a.abs().amax().item()), "\(parameter.name)")
    }
  }

  @Test func `a trainer that recomputes follows one that keeps`() throws {
    func trained(_ recomputes: Bool) throws -> [Double] {
      let model = ModelFixture.untrained()
      let adapter = try LowRankAdapter(for: model, settings: .init(rank: 4), seed: 1)
      let adapted = model.adapted(by: adapter)
      var settings = TrainingConfiguration(
        steps: 8, learningRate: 1e-2, computeDType: "float32", quiet: true)
      settings.recomputesActivations = recomputes
      let batch = TokenBatch(
        tokens: Tensor.randint(0..<64, [4, 12], generator: Generator(seed: 3)))
      return try Trainer(settings).run(adapted) { _ in batch.loss(adapted.logits(batch.inputs)) }
        .losses
    }
    for (kept, again) in zip(try trained(false), try trained(true)) {
      #expect(abs(kept - again) < 1e-5)
    }
  }
}
