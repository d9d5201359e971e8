extension ActivationSite {
  /// What is seen at a site, without its block.
  public struct Part: RawRepresentable, Hashable, Sendable, CaseIterable {
    /// What an axis of an activation counts; the letters are those of the table of sites.
    enum Axis: Hashable, Sendable {
      /// B.
      case row
      /// T: the tokens of the pass.
      case position
      /// S: all tokens, those of the cache first.
      case key
      /// H and K.
      case head, keyValueHead
      /// D, d, I and V.
      case headUnit, modelUnit, hiddenUnit, token
    }

    /// The written form, such as `mlp.out`.
    public let rawValue: String
    /// Whether each block has this part.
    public let isInBlock: Bool
    /// The axes of its activations.
    let axes: [Axis]

    /// Finds a part by its written form; nil if there is none.
    public init?(rawValue: String) {
      guard let part = Self.byName[rawValue] else { return nil }
      self = part
    }

    private init(_ rawValue: String, _ axes: [Axis], inBlock: Bool = true) {
      self.rawValue = rawValue
      self.axes = axes
      isInBlock = inBlock
    }

    private static let stream: [Axis] = [.row, .position, .modelUnit]
    private static let queries: [Axis] = [.row, .head, .position, .headUnit]
    private static let keys: [Axis] = [.row, .keyValueHead, .position, .headUnit]
    private static let pairs: [Axis] = [.row, .head, .position, .key]
    private static let hidden: [Axis] = [.row, .position, .hiddenUnit]

    /// Token embeddings.
    public static let embedTokens = Part("embed.tokens", stream, inBlock: false)
    /// Learned position embeddings.
    public static let embedPositions = Part("embed.positions", stream, inBlock: false)
    /// What enters the first block.
    public static let embed = Part("embed", stream, inBlock: false)
    /// Residual stream entering a block.
    public static let residualBefore = Part("residual.before", stream)
    /// What attention reads.
    public static let attentionIn = Part("attention.in", stream)
    /// Queries before the rotation.
    public static let attentionQPre = Part("attention.q.pre", queries)
    /// Keys before the rotation.
    public static let attentionKPre = Part("attention.k.pre", keys)
    /// Rotated queries.
    public static let attentionQ = Part("attention.q", queries)
    /// Rotated keys.
    public static let attentionK = Part("attention.k", keys)
    /// Values.
    public static let attentionV = Part("attention.v", keys)
    /// Scaled, capped and masked scores.
    public static let attentionScores = Part("attention.scores", pairs)
    /// Softmax of the scores.
    public static let attentionPattern = Part("attention.pattern", pairs)
    /// Head outputs before the output projection.
    public static let attentionZ = Part(
      "attention.z", [.row, .position, .head, .headUnit])
    /// Head outputs after the output projection.
    public static let attentionResult = Part(
      "attention.result", [.row, .position, .head, .modelUnit])
    /// What attention adds to the residual stream.
    public static let attentionOut = Part("attention.out", stream)
    /// Residual stream between attention and MLP.
    public static let residualMid = Part("residual.mid", stream)
    /// What the MLP reads.
    public static let mlpIn = Part("mlp.in", stream)
    /// What the MLP's nonlinearity is applied to.
    public static let mlpPre = Part("mlp.pre", hidden)
    /// The linear half of a gated MLP.
    public static let mlpUp = Part("mlp.up", hidden)
    /// The activated half of a gated MLP.
    public static let mlpGate = Part("mlp.gate", hidden)
    /// Hidden layer of the MLP.
    public static let mlpHidden = Part("mlp.hidden", hidden)
    /// What the MLP adds to the residual stream.
    public static let mlpOut = Part("mlp.out", stream)
    /// Residual stream leaving a block.
    public static let residualAfter = Part("residual.after", stream)
    /// Final norm.
    public static let normFinal = Part("norm.final", stream, inBlock: false)
    /// Logits.
    public static let logits = Part("logits", [.row, .position, .token], inBlock: false)

    /// Every part, in the order of the computation.
    public static let allCases: [Part] = [
      .embedTokens, .embedPositions, .embed, .residualBefore, .attentionIn, .attentionQPre,
      .attentionKPre, .attentionQ, .attentionK, .attentionV, .attentionScores, .attentionPattern,
      .attentionZ, .attentionResult, .attentionOut, .residualMid, .mlpIn, .mlpPre, .mlpUp, .mlpGate,
      .mlpHidden, .mlpOut, .residualAfter, .normFinal, .logits,
    ]

    private static let byName = Dictionary(
      uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// Parts are told apart by their names.
    public static func == (a: Part, b: Part) -> Bool { a.rawValue == b.rawValue }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
  }
}
