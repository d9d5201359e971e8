import AssayTensor

extension GoldenTests {
  typealias Operation = @Sendable ([Tensor]) -> [Tensor]

  /// The Swift side of every case of the script, by name.
  static let operations: [String: Operation] =
    arithmetic.merging(reductions) { $1 }.merging(indexing) { $1 }.merging(neural) { $1 }
    .merging(matrices) { $1 }

  private static let arithmetic: [String: Operation] = [
    "add": { [$0[0] + $0[1]] },
    "sub": { [$0[0] - $0[1]] },
    "mul": { [$0[0] * $0[1]] },
    "div": { [$0[0] / $0[1]] },
    "exp": { [$0[0].exp()] },
    "log": { [$0[0].log()] },
    "sqrt": { [$0[0].sqrt()] },
    "rsqrt": { [$0[0].rsqrt()] },
    "abs": { [$0[0].abs()] },
    "sin": { [$0[0].sin()] },
    "cos": { [$0[0].cos()] },
    "tanh": { [$0[0].tanh()] },
    "sigmoid": { [$0[0].sigmoid()] },
    "silu": { [$0[0].silu()] },
    "relu": { [$0[0].relu()] },
    "gelu": { [$0[0].gelu()] },
    "gelu.tanh": { [$0[0].gelu(approximate: true)] },
    "pow": { [$0[0].pow(3)] },
    "clamp": { [$0[0].clamp(min: -0.5, max: 0.5)] },
    "maximum": { [$0[0].maximum($0[1])] },
    "minimum": { [$0[0].minimum($0[1])] },
  ]

  private static let reductions: [String: Operation] = [
    "sum": { [$0[0].sum(1)] },
    "mean": { [$0[0].mean(-1, keep: true)] },
    "std": { [$0[0].std(0)] },
    "var": { [$0[0].var(1)] },
    "norm": { [$0[0].norm(1)] },
    "logSumExp": { [$0[0].logSumExp(-1)] },
    "max": { both($0[0].max(1)) },
    "topK": { both($0[0].topK(3, dim: -1)) },
    "sort": { both($0[0].sort(-1, descending: true)) },
    "cumsum": { [$0[0].cumsum(1)] },
    "quantile": { [$0[0].quantile(0.3, dim: 1)] },
  ]

  private static let indexing: [String: Operation] = [
    "gather": { [$0[0].gather(1, index: $0[1])] },
    "indexSelect": { [$0[0].indexSelect(0, index: $0[1])] },
    "scatter": { [$0[0].scatter(1, index: $0[1], source: $0[2])] },
    "scatterAdd": { [$0[0].scatterAdd(1, index: $0[1], source: $0[2])] },
    "indexAdd": { [$0[0].indexAdd(0, index: $0[1], source: $0[2])] },
    "embedding": { [Tensor.embedding($0[0], weight: $0[1])] },
    "where": { [Tensor.where($0[0], $0[1], $0[2])] },
    "maskedFill": { [$0[0].maskedFill($0[1], -2)] },
    "permute": { [$0[0].permute([2, 0, 1]) * 1] },
    "roll": { [$0[0].roll(2, dim: 1)] },
    "flip": { [$0[0].flip(1)] },
    "tril": { [$0[0].tril()] },
    "repeatInterleave": { [$0[0].repeatInterleave(3, dim: 1)] },
  ]

  private static let neural: [String: Operation] = [
    "softmax": { [$0[0].softmax(-1)] },
    "logSoftmax": { [$0[0].logSoftmax(1)] },
    "rmsNorm": { [Tensor.rmsNorm($0[0], weight: $0[1], eps: 1e-5)] },
    "rmsNorm.bfloat16": { [Tensor.rmsNorm($0[0], weight: $0[1], eps: 1e-5)] },
    "layerNorm": { [Tensor.layerNorm($0[0], weight: $0[1], bias: $0[2], eps: 1e-5)] },
    "attention": { [Tensor.scaledDotProductAttention($0[0], $0[1], $0[2])] },
    "attention.causal": {
      [Tensor.scaledDotProductAttention($0[0], $0[1], $0[2], causal: true)]
    },
    "attention.mask": { [Tensor.scaledDotProductAttention($0[0], $0[1], $0[2], mask: $0[3])] },
    "attention.grouped": {
      [
        Tensor.scaledDotProductAttention(
          $0[0], $0[1], $0[2], causal: true, scale: 0.2, enableGQA: true)
      ]
    },
    "crossEntropy": { [Tensor.crossEntropy($0[0], $0[1])] },
    "crossEntropy.none": { [Tensor.crossEntropy($0[0], $0[1], reduction: .none)] },
    "rotary": { [Tensor.rotary($0[0], cos: $0[1], sin: $0[2])] },
    "rotary.batched": { [Tensor.rotary($0[0], cos: $0[1], sin: $0[2])] },
    "meanSquaredError": { [Tensor.meanSquaredError($0[0], $0[1])] },
  ]

  private static let matrices: [String: Operation] = [
    "matmul": { [$0[0].matmul($0[1])] },
    "bmm": { [$0[0].bmm($0[1])] },
    "linear": { [Tensor.linear($0[0], weight: $0[1], bias: $0[2])] },
    "einsum": { [Tensor.einsum("bid,bjd->bij", [$0[0], $0[1]])] },
    "singularValues": { [$0[0].singularValues()] },
    "eigenvalues": { [$0[0].eigh().values] },
    "inverse": { [$0[0].inverse()] },
    "solve": { [$0[0].solve($0[1])] },
    "cholesky": { [$0[0].cholesky()] },
    "pseudoInverse": { [$0[0].pseudoInverse()] },
  ]

  private static func both(_ ranked: Tensor.Ranked) -> [Tensor] {
    [ranked.values, ranked.indices]
  }
}
