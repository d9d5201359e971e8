import AssayModels
import AssayTensor

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
    let device = model.parameters[0].tensor.device
    var sum: Tensor?
    for (carrier, prefix) in zip(carriers, prefixes) {
      let rows = spans.map { (prefix == nil ? carrier.before : []) + carrier.following($0) }
      let input = Tensor(rows: rows).to(device: device)  // [N, T]
      let residual =
        prefix.map { model.finalResidual(input, after: $0) }
        ?? model.finalResidual(input, cache: nil, attentionStart: nil, taps: nil)
      let last = residual.select(1, index: input.dim(1) - 1)  // [N, d]
      let own = model.unembed(last).to(dtype: .float32).softmax(-1)
      sum = sum.map { $0 + own } ?? own
      tokens += input.count
    }
    return (sum ?? Tensor.zeros([spans.count, model.configuration.vocabularySize]))
      / Double(max(carriers.count, 1))
  }
}
