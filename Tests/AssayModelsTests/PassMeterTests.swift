import AssayTensor
import Testing

@testable import AssayModels

@Suite struct PassMeterTests {
  private let configuration = ModelConfiguration(
    hiddenSize: 16, intermediateSize: 24, layers: 2, heads: 2, keyValueHeads: 1,
    vocabularySize: 32, contextLength: 64)

  /// A forward pass by hand: 2 rows of 5 tokens.
  private var byHand: Double {
    // q 16·16, k and v 16·8 each, output 16·16; gate, up and down 16·24 each.
    let block = 256 + 128 + 128 + 256 + 3 * 384
    let matrices = 2 * block * 10 * 2
    // 15 pairs of a token with itself or one before it; 2 heads of width 8, scores and values.
    let attention = 4 * 16 * 15 * 2 * 2
    return Double(matrices + attention + 2 * 16 * 32 * 10)
  }

  private func tokens(_ count: Int) -> Tensor {
    Tensor((0..<(2 * count)).map { $0 % 32 }, shape: [2, count])
  }

  @Test func `a pass is charged by the formula`() throws {
    #expect(configuration.forwardFLOPs(rows: 2, tokens: 5) == byHand)
    let model = DecoderModel(configuration, seed: 1)
    let meter = PassMeter()
    PassMeter.$current.withValue(meter) { withInference { _ = model.logits(tokens(5)) } }
    #expect(meter.tokens == 10 && meter.flops == byHand && !meter.recordedGradients)
    #expect(meter.ran(configuration))
    _ = withInference { model.logits(tokens(5)) }
    #expect(meter.tokens == 10)
  }

  @Test func `reading on from a cache costs as much as reading at once`() throws {
    let model = DecoderModel(configuration, seed: 1)
    let meter = PassMeter()
    PassMeter.$current.withValue(meter) {
      withInference {
        let cache = KVCache(configuration, batch: 2, capacity: 5)
        let all = tokens(5)
        for part in [(0, 3), (3, 1), (4, 1)] {
          _ = model.logits(
            all.narrow(1, start: part.0, length: part.1), cache: cache, attentionStart: nil,
            taps: nil)
        }
      }
    }
    #expect(meter.tokens == 10 && meter.flops == byHand)
  }

  @Test func `a pass that is recorded is charged with its backward pass`() throws {
    let model = DecoderModel(configuration, seed: 1)
    let meter = PassMeter()
    PassMeter.$current.withValue(meter) {
      model.withTrainingWeights(dtype: .float32) {
        for (_, tensor) in model.parameters { tensor.requiresGrad = true }
        model.logits(tokens(5)).sum().backward()
      }
    }
    #expect(meter.flops == 3 * byHand && meter.recordedGradients)
  }

  @Test func `a pass that stops early is charged for the blocks it ran`() throws {
    let model = DecoderModel(configuration, seed: 1)
    let taps = Taps()
    taps.stopAfter = .block(0, .residualAfter)
    let meter = PassMeter()
    PassMeter.$current.withValue(meter) {
      withInference { _ = model.logits(tokens(5), taps: taps) }
    }
    #expect(meter.flops == configuration.blockFLOPs(rows: 2, tokens: 5, layers: 1))
  }

  @Test func `a sliding layer looks back on its window only`() throws {
    var sliding = configuration
    sliding.form.slidingWindow = 2
    sliding.form.slidingLayers = [true, false]
    // 1 + 2 + 2 + 2 + 2 pairs in place of 15.
    let saved = Double(4 * 16 * (15 - 9) * 2)
    #expect(
      configuration.blockFLOPs(rows: 2, tokens: 5) - sliding.blockFLOPs(rows: 2, tokens: 5) == saved
    )
  }
}
