import AssayTensor

/// The loss of a target after a prefix, a span that varies and a suffix, many spans at a time.
///
/// The prefix is run once and its keys and values serve every later pass, except where rotations
/// depend on the length of the text.
final class TargetLoss {
  private let model: any LanguageModel
  private let prefix: [Int]
  private let suffix: [Int]
  private let target: [Int]
  /// The prefix in one row, for gradients.
  private let single: KVCache?
  /// The prefix in as many rows as a batch has.
  private let batched: KVCache?
  private let batchSize: Int

  /// The loss for spans of `length` tokens, `batchSize` of them in one pass (nil: by memory).
  init(
    _ model: any LanguageModel, prefix: [Int], length: Int, suffix: [Int], target: [Int],
    most: Int, batchSize: Int?
  ) {
    let c = model.configuration
    self.model = model
    self.prefix = prefix
    self.suffix = suffix
    self.target = target
    let rest = length + suffix.count + target.count - 1
    let fitting = min(
      33_554_432 / (target.count * c.vocabularySize), 65_536 / (prefix.count + rest))
    let rows = min(max(1, most), max(1, batchSize ?? fitting))
    self.batchSize = rows
    guard !prefix.isEmpty, c.form.rotary?.dependsOnLength != true else {
      (single, batched) = (nil, nil)
      return
    }
    let weight = model.parameters[0].tensor
    let cache = KVCache(
      c, batch: 1, capacity: prefix.count + rest, dtype: weight.dtype, device: weight.device)
    withoutGrad {
      _ = model.finalResidual(
        Tensor(rows: [prefix]).to(device: weight.device), cache: cache, attentionStart: nil,
        taps: nil)
    }
    single = cache
    batched = withoutGrad { cache.repeated(rows) }
  }

  /// Loss of each span in nats per target token, and whether the target is the greedy continuation.
  func losses(_ spans: [[Int]]) -> [(loss: Double, isForced: Bool)] {
    withInference {
      stride(from: 0, to: spans.count, by: batchSize).flatMap { start in
        let part = Array(spans[start..<min(start + batchSize, spans.count)])
        let (R, m) = (part.count, target.count)
        let cache = batched?.firstRows(R)
        let logits = targetLogits(part, cache, nil)  // [R m, V]
        let expected = targets(rows: R)
        let losses = Tensor.crossEntropy(logits, expected, reduction: .none)
          .reshape([R, m]).mean(-1).floats()
        let forced = logits.argmax(-1).eq(expected).reshape([R, m]).all(-1).bools()
        return zip(losses, forced).map { (Double($0), $1) }
      }
    }
  }

  /// The gradient [n, V] of the loss for the one-hot rows that choose the tokens of `span`, through
  /// the embedding matrix.
  func gradient(_ span: [Int]) -> Tensor {
    let taps = Taps()
    taps.readGradient(.embedTokens)
    let logits = targetLogits([span], single, taps)
    single?.truncate(to: prefix.count)
    let loss = Tensor.crossEntropy(logits, targets(rows: 1))
    guard let embedded = taps[.embedTokens], let matrix = model.weight(at: .embed) else {
      fatalError("target loss: the model has no embedding")
    }
    let first = single == nil ? prefix.count : 0
    return withoutGrad {
      var gradient = Tensor.gradient(of: loss, wrt: embedded)[0]  // [T, d]
        .narrow(0, start: first, length: span.count)
      if let scale = model.configuration.form.embeddingScale {
        gradient = gradient * Tensor.scalar(scale).to(dtype: matrix.dtype).item()
      }
      return gradient.matmul(matrix.detach().transpose(0, 1)).to(dtype: .float32)  // [n, V]
    }
  }

  /// Logits [R m, V] (float32) for the target after each span; `cache` holds the prefix if given.
  private func targetLogits(_ spans: [[Int]], _ cache: KVCache?, _ taps: Taps?) -> Tensor {
    let rows = spans.map {
      (cache == nil ? prefix : []) + $0 + suffix + target.dropLast()
    }
    let tokens = Tensor(rows: rows).to(device: device)  // [R, T]
    let residual = model.finalResidual(tokens, cache: cache, attentionStart: nil, taps: taps)
    let last = residual.narrow(1, start: residual.dim(1) - target.count, length: target.count)
    return model.unembed(last.flatten(0, 1)).to(dtype: .float32)
  }

  /// The target of every row, [R m].
  private func targets(rows: Int) -> Tensor {
    Tensor((0..<rows).flatMap { _ in target }).to(device: device)
  }

  private var device: Device { model.parameters[0].tensor.device }
}
