import AssayCore
import AssayTensor

/// Keys and values of tokens that many texts begin with, computed once and used in many passes.
///
/// ```swift
/// let system = try KVPrefix(tokens, model: model)
/// let logits = model.logits(candidates, after: system)  // [N, T, V]
/// ```
///
/// It belongs to the weights as they were: after a change to the model, make it anew. Its tensors take
/// part in no gradient of their own, but gradients reach what is put behind it.
public struct KVPrefix: Sendable {
  /// The tokens that were read.
  public let tokens: [Int]
  /// The model that read them.
  public let model: any LanguageModel
  let keys: [Tensor]  // per layer [1, K, P, D]
  let values: [Tensor]

  /// How many tokens were read.
  public var count: Int { tokens.count }

  /// Reads `tokens` with `model`, behind those of `earlier` if given.
  ///
  /// Throws `.badInput` if there are none, for one outside of the vocabulary, and where no context
  /// would be left.
  public init(
    _ tokens: [Int], model: any LanguageModel, after earlier: KVPrefix? = nil
  ) throws {
    let all = (earlier?.tokens ?? []) + tokens
    try model.checkPrompt(all)
    if let earlier { try earlier.check(model) }
    guard let earlier, tokens.isEmpty else {
      self.init(reading: tokens, model: model, after: earlier)
      return
    }
    self = earlier
  }

  /// The same without the checks; there must be tokens to read.
  init(reading tokens: [Int], model: any LanguageModel, after earlier: KVPrefix?) {
    let first = model.parameters[0].tensor
    let cache =
      earlier.map { KVCache(after: $0, rows: 1) }
      ?? KVCache(
        model.configuration, batch: 1, capacity: tokens.count, dtype: first.dtype,
        device: first.device)
    let input = Tensor(tokens, shape: [1, tokens.count]).to(device: first.device)
    withoutGrad {
      _ = model.finalResidual(input, cache: cache, attentionStart: nil, taps: nil)
    }
    let all = (earlier?.tokens ?? []) + tokens
    self.init(all, model: model, held: cache.held(row: 0, from: 0))
  }

  init(_ tokens: [Int], model: any LanguageModel, held: (keys: [Tensor], values: [Tensor])) {
    self.tokens = tokens
    self.model = model
    (keys, values) = held
  }

  /// The first `count` tokens alone, without computing anything.
  public func first(_ count: Int) -> KVPrefix {
    precondition(count > 0 && count <= self.count, "prefix: expected 1...\(self.count)")
    func part(_ all: [Tensor]) -> [Tensor] { all.map { $0.narrow(2, start: 0, length: count) } }
    return KVPrefix(
      Array(tokens.prefix(count)), model: model, held: (part(keys), part(values)))
  }

  /// Throws `.badInput` if another model than `other` computed this.
  func check(_ other: any LanguageModel) throws {
    guard model === other else {
      throw AssayError(
        .badInput, "the shared prefix was computed by another model",
        hint: "compute it with the model that is to use it")
    }
  }
}

extension LanguageModel {
  /// Logits [N, T, V] of `tokens` [N, T] where each row continues `prefix`.
  ///
  /// The prefix is read by none of the N rows again. Differentiable: gradients reach activations
  /// that `taps` replace, and the weights as used by `tokens`, not as used by the prefix.
  public func logits(_ tokens: Tensor, after prefix: KVPrefix, taps: Taps? = nil) -> Tensor {
    logits(
      tokens, cache: KVCache(after: prefix, rows: tokens.dim(0)), attentionStart: nil, taps: taps)
  }

  /// The residual stream [N, T, d] after the last block, of `tokens` [N, T] behind `prefix`.
  public func finalResidual(
    _ tokens: Tensor, after prefix: KVPrefix, taps: Taps? = nil
  ) -> Tensor {
    finalResidual(
      tokens, cache: KVCache(after: prefix, rows: tokens.dim(0)), attentionStart: nil, taps: taps)
  }

  /// Throws `.badInput` for a prompt that is empty, fills the context or is outside of the vocabulary.
  func checkPrompt(_ prompt: [Int]) throws {
    let context = configuration.contextLength
    guard !prompt.isEmpty else {
      throw AssayError(.badInput, "the prompt is empty", hint: "give at least one token")
    }
    guard prompt.count < context else {
      throw AssayError(
        .badInput, "the prompt has \(prompt.count) tokens, the model's context is \(context)",
        hint: "shorten the prompt to at most \(context - 1) tokens")
    }
    let vocabulary = configuration.vocabularySize
    if let bad = prompt.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw AssayError(
        .badInput, "token \(bad) is outside of the model's vocabulary of \(vocabulary)",
        hint: "the tokenizer and the model must belong together")
    }
  }
}
