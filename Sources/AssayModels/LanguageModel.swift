import AssayTensor

/// A decoder-only language model: tokens in, logits out, with every weight and activation in reach.
///
/// Parameter names are those of the Hugging Face checkpoint
/// (`model.layers.0.mlp.down_proj.weight`). Parameters are changed in place (`copy_`, an optimiser);
/// the next pass sees the change. A model is not for concurrent writing and reading.
public protocol LanguageModel: AnyObject, Sendable {
  /// The model's sizes.
  var configuration: ModelConfiguration { get }

  /// All weights, shared ones once, in the order of the checkpoint.
  var parameters: [(name: String, tensor: Tensor)] { get }

  /// The weight called `name`, nil if there is none.
  func parameter(_ name: String) -> Tensor?

  /// The weight at `place`, whatever the family calls it; nil if the family has none there.
  ///
  /// Projections that read the same input come joined, as [out, in]; a change in place changes the
  /// model.
  func weight(at place: WeightPlace) -> Tensor?

  /// Logits [B, T, V] for `tokens` [B, T] (int64).
  ///
  /// With a `cache`, `tokens` continue what it holds. `attentionStart` gives for each row the index
  /// (counted from the cache's beginning) of its first real token; what lies before is left padding.
  /// With `taps` that stop early, the activation at the last site is returned instead.
  func logits(_ tokens: Tensor, cache: KVCache?, attentionStart: [Int]?, taps: Taps?) -> Tensor

  /// The residual stream [B, T, d] after the last block; `unembed` of it are the logits.
  ///
  /// Cheaper than `logits` where only some positions' predictions are wanted.
  func finalResidual(
    _ tokens: Tensor, cache: KVCache?, attentionStart: [Int]?, taps: Taps?
  ) -> Tensor

  /// Final norm and unembedding of any residual [.., d] -> [.., V]: the logit lens.
  func unembed(_ residual: Tensor) -> Tensor

  /// An independent model with the same weights, converted to `dtype` if given.
  func copy(dtype: DType?) -> any LanguageModel

  /// Runs `body` with weights cast once, differentiably, to `dtype`.
  ///
  /// Passes inside compute in `dtype` and their gradients land in the parameters as they are stored
  /// (fp32 masters). Weights must not change inside. Used by `Trainer`, once per micro-step.
  /// `recomputing`: backward keeps each block's input alone and runs the block again (Chen et al.
  /// 2016); the gradients are the same, for less memory and one more forward pass. Passes with a
  /// cache or taps keep everything.
  func withTrainingWeights<Result>(
    dtype: DType, recomputing: Bool, _ body: () throws -> Result
  ) rethrows -> Result
}

extension LanguageModel {
  /// Logits [B, T, V] of whole sequences `tokens` [B, T], without cache, padding or taps.
  public func logits(_ tokens: Tensor) -> Tensor {
    logits(tokens, cache: nil, attentionStart: nil, taps: nil)
  }

  /// Logits [B, T, V] of whole sequences `tokens` [B, T] while `taps` read and replace.
  public func logits(_ tokens: Tensor, taps: Taps) -> Tensor {
    logits(tokens, cache: nil, attentionStart: nil, taps: taps)
  }

  /// Runs `body` with weights cast once, differentiably, to `dtype`, and everything kept for backward.
  public func withTrainingWeights<Result>(
    dtype: DType, _ body: () throws -> Result
  ) rethrows -> Result {
    try withTrainingWeights(dtype: dtype, recomputing: false, body)
  }

  /// Number of weights, shared ones counted once.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.tensor.count } }
}
