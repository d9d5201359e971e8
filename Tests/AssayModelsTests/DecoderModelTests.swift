import AssayTensor
import Testing

@testable import AssayModels

@Suite struct DecoderModelTests {
  @Test(arguments: ModelFixture.names)
  func `logits and residuals agree with transformers within 1e-4`(_ name: String) throws {
    let fixture = try ModelFixture(name)
    let model = fixture.bundle.model
    let layers = model.configuration.layers
    let taps = Taps(reading: (0..<layers).map { .block($0, .residualBefore) } + [.normFinal])
    let logits = try withoutGrad { model.logits(try fixture("tokens"), taps: taps) }
    let difference = maxDifference(logits, try fixture("logits"))
    print("parity \(name): max |Δlogit| \(difference)")
    #expect(difference < 1e-4)
    for layer in 0..<layers {
      let residual = try #require(taps[.block(layer, .residualBefore)])
      #expect(maxDifference(residual, try fixture("hidden.\(layer)")) < 1e-4)
    }
    let final = try #require(taps[.normFinal])
    #expect(maxDifference(final, try fixture("hidden.\(layers)")) < 1e-4)
  }

  @Test(arguments: ModelFixture.names)
  func `logits without gradients agree with transformers, cached and padded too`(
    _ name: String
  ) throws {
    let fixture = try ModelFixture(name)
    let model = try #require(fixture.bundle.model as? DecoderModel)
    let tokens = try fixture("tokens")
    let whole = withInference { model.logits(tokens) }
    let difference = maxDifference(whole, try fixture("logits"))
    #expect(difference < 1e-4)
    let cache = KVCache(model.configuration, batch: 3, capacity: 40)
    withInference {
      _ = model.logits(tokens, cache: cache, attentionStart: [0, 3, 5], taps: nil)
    }
    let next = withInference {
      model.logits(
        Tensor([1, 2, 3], shape: [3, 1]), cache: cache, attentionStart: [0, 3, 5], taps: nil)
    }
    let row = Tensor.cat([tokens[2].narrow(0, start: 5, length: 12), Tensor([3])], dim: 0)
    let alone = withInference { model.logits(row.unsqueeze(0)) }
    #expect(maxDifference(next[2], alone[0].narrow(0, start: 12, length: 1)) < 1e-4)
  }

  @Test(arguments: ModelFixture.names)
  func `a cache filled in pieces gives the logits of the whole`(_ name: String) throws {
    let fixture = try ModelFixture(name)
    let (model, tokens) = (fixture.bundle.model, try fixture("tokens"))
    let whole = withoutGrad { model.logits(tokens) }
    let cache = KVCache(model.configuration, batch: 3, capacity: 2)
    var pieces: [Tensor] = []
    withoutGrad {
      for (start, length) in [(0, 5), (5, 1), (6, 1), (7, 4), (11, 6)] {
        pieces.append(
          model.logits(
            tokens.narrow(1, start: start, length: length), cache: cache, attentionStart: nil,
            taps: nil))
      }
    }
    #expect(cache.length == 17)
    #expect(maxDifference(Tensor.cat(pieces, dim: 1), whole) < 1e-4)
  }

  @Test func `a row padded on the left gives the logits of the row alone`() throws {
    let fixture = try ModelFixture("gqa-tied")
    let (model, tokens) = (fixture.bundle.model, try fixture("tokens"))
    let row = tokens.narrow(0, start: 1, length: 1)
    let short = row.narrow(1, start: 6, length: 11)
    let alone = withoutGrad { model.logits(short) }
    let cache = KVCache(model.configuration, batch: 3, capacity: 20)
    let padded = withoutGrad {
      model.logits(tokens, cache: cache, attentionStart: [0, 6, 0], taps: nil)
    }
    let seen = padded.narrow(0, start: 1, length: 1).narrow(1, start: 6, length: 11)
    #expect(maxDifference(seen, alone) < 1e-4)
    #expect(padded.allFinite)
    let more = Tensor([5, 6, 7], shape: [3, 1])
    let next = withoutGrad {
      model.logits(more, cache: cache, attentionStart: [0, 6, 0], taps: nil)
    }
    let longer = withoutGrad {
      model.logits(Tensor.cat([short, Tensor([6], shape: [1, 1])], dim: 1))
    }
    #expect(
      maxDifference(
        next.narrow(0, start: 1, length: 1), longer.narrow(1, start: 11, length: 1)) < 1e-4)
  }

  @Test func `parameters changed in place change the next pass, and only of that model`() throws {
    let fixture = try ModelFixture("mha-untied")
    let (model, tokens) = (fixture.bundle.model, try fixture("tokens"))
    let copy = fixture.bundle.clone().model
    let name = "model.layers.1.self_attn.k_proj.weight"
    withoutGrad {
      let before = model.logits(tokens)
      model.parameter(name)?.mul_(0.5)
      #expect(maxDifference(model.logits(tokens), before) > 1e-3)
      #expect(model.parameter("model.layers.1.self_attn.q_proj.weight") != nil)
      #expect(maxDifference(copy.logits(tokens), before) == 0)
    }
  }

  @Test(arguments: ["gqa-tied", "biased"])
  func `gradients through cast weights are those of the parameters`(_ name: String) throws {
    let fixture = try ModelFixture(name)
    let (model, tokens) = (fixture.bundle.model, try fixture("tokens"))
    let batch = TokenBatch(tokens: tokens)
    func gradients(_ pass: () -> Tensor) -> [Tensor] {
      for parameter in model.parameters { parameter.tensor.requiresGrad = true }
      pass().backward()
      let found = model.parameters.map { $0.tensor.grad ?? $0.tensor.zerosLike() }
      for parameter in model.parameters { parameter.tensor.zeroGrad() }
      return found
    }
    let plain = gradients { batch.loss(model.logits(batch.inputs)) }
    let joined = gradients {
      model.withTrainingWeights(dtype: .float32) { batch.loss(model.logits(batch.inputs)) }
    }
    for (index, parameter) in model.parameters.enumerated() {
      #expect(plain[index].abs().amax().item() > 0, "\(parameter.name) gets no gradient")
      #expect(maxDifference(plain[index], joined[index]) < 1e-5, "\(parameter.name)")
    }
    // The slope along the gradient, measured, is the gradient's squared norm.
    let norm = plain.reduce(0) { $0 + $1.square().sum().item() }
    let step = 1e-3 / norm.squareRoot()
    func moved(_ sign: Double) -> Double {
      withoutGrad {
        for (index, parameter) in model.parameters.enumerated() {
          parameter.tensor.add_(plain[index], alpha: sign * step)
        }
        return batch.loss(model.logits(batch.inputs)).item()
      }
    }
    let up = moved(1)
    let down = moved(-2)
    let slope = (up - down) / (2 * step)
    #expect(abs(slope / norm - 1) < 0.02, "measured \(slope), expected \(norm)")
  }

  @Test func `gradients in bfloat16 point the way of those in float32`() throws {
    let model = ModelFixture.untrained()
    let batch = TokenBatch(
      tokens: Tensor.randint(0..<64, [4, 17], generator: Generator(seed: 3)))
    func gradient(_ dtype: DType) -> Tensor {
      for parameter in model.parameters { parameter.tensor.requiresGrad = true }
      model.withTrainingWeights(dtype: dtype) {
        batch.loss(model.logits(batch.inputs)).backward()
      }
      let flat = Tensor.cat(
        model.parameters.map { ($0.tensor.grad ?? $0.tensor.zerosLike()).flatten() }, dim: 0)
      for parameter in model.parameters { parameter.tensor.zeroGrad() }
      return flat
    }
    let (exact, rounded) = (gradient(.float32), gradient(.bfloat16))
    let cosine = (exact * rounded).sum().item() / (exact.norm().item() * rounded.norm().item())
    #expect(cosine > 0.999)
  }
}
