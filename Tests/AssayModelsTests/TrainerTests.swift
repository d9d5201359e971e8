import AssayCore
import AssayTensor
import AssayText
import Foundation
import Testing

@testable import AssayModels

@Suite struct TrainerTests {
  private func stream() throws -> PackedStream {
    let texts = ["the cat sat on the mat", "a dog ran", "the end of the story came", "so it goes"]
    let tokenizer = try Tokenizer.train(
      texts, vocabularySize: 280, specialTokens: ["<|endoftext|>"])
    return try PackedStream(tokenizer, rows: 4, length: 16, texts: texts, seed: 2)
  }

  private func model() -> DecoderModel {
    DecoderModel(
      ModelConfiguration(
        hiddenSize: 32, intermediateSize: 48, layers: 2, heads: 4, keyValueHeads: 2,
        vocabularySize: 280, contextLength: 32), seed: 1)
  }

  @Test(arguments: ["float32", "bfloat16"])
  func `a run that was interrupted has the loss curve of one that was not`(
    _ dtype: String
  ) throws {
    let scratch = try ScratchDirectory()
    let file = scratch.url.appendingPathComponent("run.safetensors")
    var settings = TrainingConfiguration(steps: 20, learningRate: 1e-2, quiet: true)
    settings.computeDType = dtype
    let straight = try Trainer(settings).run(model(), source: stream())
    #expect(straight.losses.count == 20)
    let half = try Trainer(settings, checkpoint: file).run(model(), source: stream(), until: 10)
    #expect(half.losses == Array(straight.losses.prefix(10)))
    // Another model object, as after a restart: everything comes from the file.
    let resumed = model()
    let whole = try Trainer(settings, checkpoint: file).run(resumed, source: stream())
    #expect(whole.losses == straight.losses)
    #expect(whole.gradientNorms == straight.gradientNorms)
    #expect(resumed.parameters.allSatisfy { !$0.tensor.requiresGrad })
  }

  @Test func `training learns a small text by heart`() throws {
    let model = model()
    let settings = TrainingConfiguration(steps: 120, learningRate: 1e-2, quiet: true)
    let record = try Trainer(settings).run(model, source: stream())
    #expect(try #require(record.losses.first) > 5)
    #expect(try #require(record.recentLoss(5)) < 1.2)
  }

  @Test func `two half batches give the step of a whole one`() throws {
    let tokens = Tensor.randint(0..<280, [4, 17], generator: Generator(seed: 8))
    func trained(_ accumulation: Int) throws -> DecoderModel {
      let model = model()
      var settings = TrainingConfiguration(steps: 1, warmupSteps: 0, quiet: true)
      settings.accumulation = accumulation
      settings.computeDType = "float32"
      try Trainer(settings).run(model) { index in
        let rows = 4 / accumulation
        let part = TokenBatch(tokens: tokens.narrow(0, start: index * rows, length: rows))
        return part.loss(model.logits(part.inputs))
      }
      return model
    }
    let (whole, halves) = (try trained(1), try trained(2))
    for (a, b) in zip(whole.parameters, halves.parameters) {
      #expect(maxDifference(a.tensor, b.tensor) < 1e-3, "\(a.name)")
    }
  }

  @Test func `an extra loss holds the model at its base`() throws {
    func drift(_ weight: Double) throws -> Double {
      let (base, model) = (model(), model())
      var settings = TrainingConfiguration(steps: 15, learningRate: 5e-3, quiet: true)
      settings.computeDType = "float32"
      try Trainer(settings).run(
        model, source: stream(),
        extraLoss: { batch, logits, _ in
          let anchor = withoutGrad { base.logits(batch.inputs) }.logSoftmax(-1)
          let divergence = (anchor.exp() * (anchor - logits.logSoftmax(-1))).sum(-1).mean()
          return divergence * weight
        })
      let tokens = Tensor.randint(0..<280, [2, 12], generator: Generator(seed: 4))
      return withoutGrad { maxDifference(model.logits(tokens), base.logits(tokens)) }
    }
    #expect(try drift(100) < 0.5 * drift(0))
  }

  @Test func `only the chosen parameters change`() throws {
    let (model, before) = (model(), model())
    let settings = TrainingConfiguration(steps: 2, quiet: true)
    try Trainer(settings).run(model, source: stream(), training: { $0.contains(".mlp.down") })
    for (new, old) in zip(model.parameters, before.parameters) {
      #expect(new.tensor.isEqual(to: old.tensor) == !new.name.contains(".mlp.down"), "\(new.name)")
    }
  }

  @Test func `predictions that do not count have no part in the loss`() throws {
    let model = model()
    let tokens = Tensor.randint(0..<280, [2, 9], generator: Generator(seed: 5))
    let counts = Tensor([Bool](repeating: true, count: 8) + [Bool](repeating: false, count: 8))
      .reshape([2, 8])
    let masked = TokenBatch(tokens: tokens, counts: counts)
    let first = TokenBatch(tokens: tokens.narrow(0, start: 0, length: 1))
    let (a, b) = withoutGrad {
      (masked.loss(model.logits(masked.inputs)), first.loss(model.logits(first.inputs)))
    }
    #expect(abs(a.item() - b.item()) < 1e-5)
  }

  @Test func `a checkpoint of other settings is refused`() throws {
    let scratch = try ScratchDirectory()
    let file = scratch.url.appendingPathComponent("run.safetensors")
    var settings = TrainingConfiguration(steps: 4, quiet: true)
    try Trainer(settings, checkpoint: file).run(model(), source: stream(), until: 1)
    settings.learningRate = 1
    expectError(.badInput, "other settings") {
      try Trainer(settings, checkpoint: file).run(model(), source: stream())
    }
    try Data("not a checkpoint".utf8).write(to: file)
    #expect(throws: AssayError.self) {
      try Trainer(settings, checkpoint: file).run(model(), source: stream())
    }
  }

  @Test func `a loss that is not finite ends the run with a reason`() {
    expectError(.badInput, "the loss became") {
      let model = model()
      try Trainer(TrainingConfiguration(steps: 1, quiet: true)).run(model) { _ in
        (model.logits(Tensor([1, 2], shape: [1, 2])) * Double.infinity).sum()
      }
    }
  }
}

/// Divergence from a reference as a part of the loss.
@Suite struct DivergenceAnchorTests {
  private struct Text: TokenSource {
    var seed: UInt64
    var tokensPerBatch: Int { 4 * 8 }
    func batch(step: Int) -> TokenBatch {
      let generator = Generator(seed: seed + UInt64(step))
      return TokenBatch(tokens: Tensor.randint(0..<64, [4, 9], generator: generator))
    }
  }

  @Test func `the divergence is zero at the reference, and otherwise the definition's`() throws {
    let (model, other) = (ModelFixture.untrained(), ModelFixture.untrained(seed: 8))
    let anchor = DivergenceAnchor(source: Text(seed: 3), weight: 2)
    let none = try withInference { try anchor.loss(of: model, heldTo: model, step: 1).item() }
    #expect(abs(none) < 1e-6)
    let inputs = Text(seed: 3).batch(step: 1).inputs
    let (p, q) = withInference {
      (model.logits(inputs).softmax(-1), other.logits(inputs).softmax(-1))
    }
    let expected = (p * (p / q).log()).sum(-1).mean().item() * 2
    let found = try withInference { try anchor.loss(of: other, heldTo: model, step: 1).item() }
    #expect(abs(found - expected) < 1e-5 + 1e-3 * expected)
  }

  @Test func `a strong anchor holds a model to its base`() throws {
    func drift(_ weight: Double) throws -> Double {
      let (base, model) = (ModelFixture.untrained(), ModelFixture.untrained())
      let settings = TrainingConfiguration(
        steps: 20, learningRate: 5e-3, computeDType: "float32", quiet: true)
      try Trainer(settings).run(
        model, source: Text(seed: 1),
        heldTo: (base, DivergenceAnchor(source: Text(seed: 900), weight: weight)))
      let inputs = Text(seed: 5000).batch(step: 0).inputs
      return withInference {
        DivergenceAnchor.divergence(model.logits(inputs), from: base.logits(inputs)).mean().item()
      }
    }
    #expect(try drift(100) < 0.2 * drift(0))
  }

  @Test func `weights of predictions make a weighted mean`() throws {
    let model = ModelFixture.untrained()
    let tokens = Tensor.randint(0..<64, [1, 4], generator: Generator(seed: 5))
    let inputs = TokenBatch(tokens: tokens).inputs
    let logits = withInference { model.logits(inputs) }
    func loss(_ weights: [Float]?, counts: [Bool]? = nil) -> Double {
      TokenBatch(
        tokens: tokens, counts: counts.map { Tensor($0, shape: [1, 3]) },
        weights: weights.map { Tensor($0, shape: [1, 3]) }
      ).loss(logits).item()
    }
    let each = [[1, 0, 0], [0, 1, 0], [0, 0, 1]].map { loss($0) }
    #expect(abs(loss([1, 1, 1]) - loss(nil)) < 1e-5)
    #expect(abs(loss([3, 1, 0]) - (3 * each[0] + each[1]) / 4) < 1e-5)
    #expect(
      abs(loss([3, 1, 5], counts: [true, false, true]) - (3 * each[0] + 5 * each[2]) / 8) < 1e-5)
  }
}
