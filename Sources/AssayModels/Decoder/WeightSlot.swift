/// A tensor of a checkpoint and the place that it takes in the computation.
///
/// Several slots may share a place: they are then joined along the output dimension, in order.
struct WeightSlot {
  /// The name in the Hugging Face checkpoint.
  var name: String
  /// The shape there.
  var shape: [Int]
  /// Where it is used.
  var place: WeightPlace
  /// Whether it is stored [in, out], as GPT-2's projections are, and not [out, in].
  var isTransposed = false

  /// A slot at `place`.
  init(_ name: String, _ shape: [Int], _ place: WeightPlace, isTransposed: Bool = false) {
    self.name = name
    self.shape = shape
    self.place = place
    self.isTransposed = isTransposed
  }

  /// Rows that it takes in the joined tensor.
  var rows: Int { (isTransposed ? shape.last : shape.first) ?? 0 }
}

/// Where a weight is used in a decoder.
///
/// The letters of shapes: d model width, H query heads, K key/value heads, D head width, I MLP
/// width, V vocabulary, P positions.
public enum WeightPlace: Hashable, Sendable {
  /// Token embeddings [V, d].
  case embed
  /// Position embeddings [P, d].
  case positions
  /// Norm before the unembedding [d], and its bias.
  case finalNorm, finalNormBias
  /// Unembedding [V, d], and its bias [V]; absent where the embedding serves.
  case head, headBias
  /// A weight of one block.
  case block(Int, Part)

  /// A weight of a block.
  public enum Part: Hashable, Sendable, CaseIterable {
    /// Norm of what attention reads [d].
    case attentionNorm, attentionNormBias
    /// Norm of what attention writes [d].
    case afterAttentionNorm
    /// Projection to queries, keys and values [(H + 2K) D, d].
    case queryKeyValue, queryKeyValueBias
    /// Norms of queries and keys: [D], or [H D] and [K D].
    case queryNorm, keyNorm
    /// Attention's output projection [d, H D].
    case attentionOut, attentionOutBias
    /// Norm of what the MLP reads [d].
    case mlpNorm, mlpNormBias
    /// Norm of what the MLP writes [d].
    case afterMLPNorm
    /// The MLP's first projection: gate and up [2 I, d], or up alone [I, d].
    case mlpIn, mlpInBias
    /// The MLP's output projection [d, I]: column i is what hidden unit i writes.
    case mlpOut, mlpOutBias
  }

  /// Whether products use it in the dtype of the computation.
  ///
  /// Norms and embeddings keep their own: the embedding's gradient sums over many equal tokens,
  /// which bfloat16 would round away.
  var isCast: Bool {
    switch self {
    case .embed, .positions, .finalNorm, .finalNormBias: false
    case .head, .headBias: true
    case .block(_, let part):
      switch part {
      case .queryKeyValue, .queryKeyValueBias, .attentionOut, .attentionOutBias, .mlpIn,
        .mlpInBias, .mlpOut, .mlpOutBias:
        true
      default: false
      }
    }
  }
}
