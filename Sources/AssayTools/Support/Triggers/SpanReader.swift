import AssayModels
import AssayTensor
import Foundation

/// Reads what a model expects after prompts into which texts were put, many texts in one pass.
///
/// What stands before the place is read once for each prompt (``KVPrefix``), except by families whose
/// rotations depend on the length of the text.
final class SpanReader {
  /// Texts in one pass.
  static let batch = 256

  let carriers: [Carrier]
  private let model: any LanguageModel
  private let prefixes: [KVPrefix?]
  /// Tokens that went through the model so far.
  private(set) var tokens: Int

  init(_ model: any LanguageModel, carriers: [Carrier]) throws {
    self.model = model
    self.carriers = carriers
    let isShared = !model.configuration.form.positionsDependOnLength
    prefixes = try carriers.map { carrier in
      isShared && !carrier.before.isEmpty ? try KVPrefix(carrier.before, model: model) : nil
    }
    tokens = isShared ? carriers.reduce(0) { $0 + $1.before.count } : 0
  }

  /// Tokens of a reading of `spans` texts of `length` tokens in `carriers`.
  static func tokens(
    _ carriers: [Carrier], spans: Int, length: Int, model: any LanguageModel
  ) -> Int {
    let isShared = !model.configuration.form.positionsDependOnLength
    return carriers.reduce(0) { sum, carrier in
      let own = length * carrier.parts.count + carrier.after.count
      return sum
        + (isShared ? carrier.before.count + spans * own : spans * (own + carrier.before.count))
    }
  }

  /// The mean over all prompts of the probability of each next token, float32 [N, V], for `spans` of one
  /// length.
  func probabilities(_ spans: [[Int]]) -> Tensor {
    var sum: Tensor?
    for index in carriers.indices {
      let own = logits(spans, in: index).softmax(-1)
      sum = sum.map { $0 + own } ?? own
    }
    return (sum ?? Tensor.zeros([spans.count, model.configuration.vocabularySize]))
      / Double(max(carriers.count, 1))
  }

  /// The mean over all prompts of the log-odds of the next token `output`, for `spans` of one length.
  func logOdds(of output: Int, _ spans: [[Int]]) -> [Double] {
    // Single precision tells nothing nearer to certainty.
    let least = 1e-7
    var sums = [Double](repeating: 0, count: spans.count)
    for index in carriers.indices {
      let own = logits(spans, in: index).softmax(-1).select(1, index: output).floats()
      for (row, p) in own.enumerated() {
        sums[row] += log((Double(p) + least) / (max(0, 1 - Double(p)) + least))
      }
    }
    return sums.map { $0 / Double(max(carriers.count, 1)) }
  }

  /// How likely the model finds each text where it stands in the first prompt: the sum of the log-probabilities of
  /// its tokens after the first, for `spans` of one length.
  func logProbabilities(of spans: [[Int]]) -> [Double] {
    guard let carrier = carriers.first, let length = spans.first?.count, length > 1 else {
      return spans.map { _ in 0 }
    }
    let prefix = prefixes.first ?? nil
    let head = prefix == nil ? carrier.before : []
    let input = Tensor(rows: spans.map { head + $0.dropLast() })
      .to(device: model.parameters[0].tensor.device)  // [N, T]
    tokens += input.count
    let residual =
      prefix.map { model.finalResidual(input, after: $0) }
      ?? model.finalResidual(input, cache: nil, attentionStart: nil, taps: nil)
    var sum = Tensor.zeros([spans.count])  // [N]
    for place in 0..<length - 1 {
      let next = Tensor(rows: spans.map { [$0[place + 1]] }).to(device: input.device)  // [N, 1]
      let likely = model.unembed(residual.select(1, index: head.count + place))
        .to(dtype: .float32).logSoftmax(-1)  // [N, V]
      sum = sum + likely.gather(1, index: next).flatten().to(device: sum.device)
    }
    return sum.doubles()
  }

  /// The logits of what follows one prompt with each text in it, float32 [N, V].
  private func logits(_ spans: [[Int]], in index: Int) -> Tensor {
    let (carrier, prefix) = (carriers[index], prefixes[index])
    let rows = spans.map { (prefix == nil ? carrier.before : []) + carrier.following($0) }
    let input = Tensor(rows: rows).to(device: model.parameters[0].tensor.device)  // [N, T]
    let residual =
      prefix.map { model.finalResidual(input, after: $0) }
      ?? model.finalResidual(input, cache: nil, attentionStart: nil, taps: nil)
    tokens += input.count
    let last = residual.select(1, index: input.dim(1) - 1)  // [N, d]
    return model.unembed(last).to(dtype: .float32)
  }
}
