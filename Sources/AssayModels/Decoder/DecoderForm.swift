/// How the blocks of a decoder are put together: everything in which the families differ besides
/// sizes and the names of weights.
///
/// The defaults are Llama's.
public struct DecoderForm: Codable, Hashable, Sendable {
  /// The normalisation of the residual stream.
  public enum Norm: String, Codable, Sendable {
    /// RMSNorm (Zhang & Sennrich 2019), the weight as stored.
    case rms
    /// RMSNorm whose stored weight is the distance from one (Gemma).
    case rmsAroundOne
    /// LayerNorm with weight and bias (Ba et al. 2016).
    case layer
  }

  /// Where a block's norms stand.
  public enum Block: String, Codable, Sendable {
    /// Before attention and before the MLP (GPT-2, Llama).
    case before
    /// After attention and after the MLP, whose inputs are not normed (OLMo 2).
    case after
    /// Before and after both (Gemma 2 and 3).
    case around
    /// Attention and MLP read the same residual, each through a norm of its own (GPT-NeoX).
    case parallel
    /// Attention and MLP read the same residual through one norm (GPT-J).
    case parallelSharedNorm
  }

  /// The nonlinearity of the MLP.
  public enum Activation: String, Codable, Sendable {
    case silu
    /// The exact form, by the error function.
    case gelu
    /// The approximation by tanh (Hendrycks & Gimpel 2016).
    case geluTanh
    case relu
  }

  /// RMSNorm of queries and keys before the rotation.
  public enum QueryKeyNorm: String, Codable, Sendable {
    /// None.
    case none
    /// Over each head (Qwen 3, Gemma 3).
    case perHead
    /// Over all heads together (OLMo 2).
    case whole
  }

  /// Which rows of a joined projection belong to q, k and v.
  public enum QueryKeyValueOrder: String, Codable, Sendable {
    /// All of q, then k, then v.
    case blocks
    /// For each head its q, k and v (GPT-NeoX).
    case perHead
  }

  /// The normalisation of the residual stream.
  public var norm = Norm.rms
  /// Where the norms stand.
  public var block = Block.before
  /// The MLP's nonlinearity.
  public var activation = Activation.silu
  /// Whether the MLP's hidden layer is multiplied by an activated gate (Shazeer 2020).
  public var isGated = true
  /// Norm of queries and keys.
  public var queryKeyNorm = QueryKeyNorm.none
  /// The order of rows in the joined projection.
  public var queryKeyValueOrder = QueryKeyValueOrder.blocks
  /// Rotary positions; nil: a learned embedding for each position.
  public var rotary: Rotary? = Rotary()
  /// Rotary positions of sliding layers, where they differ (Gemma 3).
  public var slidingRotary: Rotary?
  /// Scores are multiplied by this; nil: one over the root of the head width.
  public var attentionScale: Double?
  /// Scores s become c · tanh(s / c) for this c.
  public var attentionSoftCap: Double?
  /// Logits l become c · tanh(l / c) for this c.
  public var logitSoftCap: Double?
  /// Embeddings are multiplied by this.
  public var embeddingScale: Double?
  /// Tokens that a sliding layer looks back on, itself included; nil: all.
  public var slidingWindow: Int?
  /// Whether each layer looks back on the window only; empty: none does.
  public var slidingLayers: [Bool] = []

  /// Llama's form.
  public init() {}

  /// Whether `layer` sees no more than ``slidingWindow`` tokens.
  public func slides(_ layer: Int) -> Bool {
    slidingWindow != nil && layer < slidingLayers.count && slidingLayers[layer]
  }
}
