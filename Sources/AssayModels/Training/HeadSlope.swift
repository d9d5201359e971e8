import AssayTensor

/// The loss behind a frozen unembedding, and its gradient at the residual stream.
///
/// Logits are made, used and dropped a few positions at a time: they never exist all at once, which
/// for small models would be most of the memory, and a chunk of them stays in the processor's cache.
struct HeadSlope {
  /// Elements of logits that exist at once.
  static let elements = 1 << 20

  /// The unweighted loss of each position, [M] (float32).
  let losses: Tensor
  /// The gradient of the weighted sum, [M, d].
  let slope: Tensor

  /// Takes each position of `residual` [M, d] through `model`'s final norm and unembedding.
  ///
  /// `loss` gets float32 logits [m, V] of m positions from `start` on and gives [m].
  init(
    _ model: DecoderModel, _ residual: Tensor, weights: Tensor,
    loss: (_ logits: Tensor, _ start: Int) -> Tensor
  ) {
    let count = residual.dim(0)
    let length = max(32, Self.elements / max(model.configuration.vocabularySize, 1))
    var (losses, slopes) = ([Tensor](), [Tensor]())
    for start in stride(from: 0, to: count, by: length) {
      let size = min(length, count - start)
      let leaf = residual.detach().narrow(0, start: start, length: size).detach()
      leaf.requiresGrad = true
      let each = loss(model.unembed(leaf).to(dtype: .float32), start)  // [m]
      let sum = (each * weights.narrow(0, start: start, length: size)).sum()
      slopes.append(Tensor.gradient(of: sum, wrt: leaf))
      losses.append(each.detach())
    }
    self.losses = Tensor.cat(losses, dim: 0)
    slope = Tensor.cat(slopes, dim: 0)
  }
}
