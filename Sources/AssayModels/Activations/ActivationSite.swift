/// A place in a model where activations can be read or replaced.
///
/// Sites have one written form, used alike in code, records, commands and pages:
///
/// | site | shape | what |
/// |---|---|---|
/// | `embed` | [B, T, d] | token embeddings |
/// | `blocks.3.residual.before` | [B, T, d] | residual stream entering block 3 |
/// | `blocks.3.residual.mid` | [B, T, d] | after attention was added |
/// | `blocks.3.residual.after` | [B, T, d] | after the MLP was added |
/// | `blocks.3.attention.q` | [B, H, T, D] | queries, rotated |
/// | `blocks.3.attention.k`, `.v` | [B, K, T, D] | keys (rotated) and values of the new tokens |
/// | `blocks.3.attention.z` | [B, T, H, D] | each head's output before the output projection |
/// | `blocks.3.attention.out` | [B, T, d] | what attention adds to the residual |
/// | `blocks.3.mlp.in` | [B, T, d] | normed input of the MLP |
/// | `blocks.3.mlp.gate` | [B, T, I] | silu of the gate projection |
/// | `blocks.3.mlp.hidden` | [B, T, I] | gate times up: the keys of Geva et al. 2021 |
/// | `blocks.3.mlp.out` | [B, T, d] | what the MLP adds to the residual |
/// | `norm.final` | [B, T, d] | input of the unembedding |
/// | `logits` | [B, T, V] | the model's output |
public struct ActivationSite: Hashable, Codable, Sendable, LosslessStringConvertible {
  /// What is seen at the site, without its block.
  public struct Part: RawRepresentable, Hashable, Sendable, CaseIterable {
    /// The written form, such as `mlp.out`.
    public let rawValue: String

    /// Finds a part by its written form; nil if there is none.
    public init?(rawValue: String) {
      guard let part = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
      self = part
    }

    private init(_ rawValue: String, inBlock: Bool = true) {
      self.rawValue = rawValue
      isInBlock = inBlock
    }

    /// Whether each block has this part.
    public let isInBlock: Bool

    /// Token embeddings.
    public static let embed = Part("embed", inBlock: false)
    /// Residual stream entering a block.
    public static let residualBefore = Part("residual.before")
    /// Residual stream between attention and MLP.
    public static let residualMid = Part("residual.mid")
    /// Residual stream leaving a block.
    public static let residualAfter = Part("residual.after")
    /// Rotated queries.
    public static let attentionQ = Part("attention.q")
    /// Rotated keys.
    public static let attentionK = Part("attention.k")
    /// Values.
    public static let attentionV = Part("attention.v")
    /// Head outputs before the output projection.
    public static let attentionZ = Part("attention.z")
    /// What attention adds to the residual stream.
    public static let attentionOut = Part("attention.out")
    /// Normed input of the MLP.
    public static let mlpIn = Part("mlp.in")
    /// Activated gate of the MLP.
    public static let mlpGate = Part("mlp.gate")
    /// Hidden layer of the MLP.
    public static let mlpHidden = Part("mlp.hidden")
    /// What the MLP adds to the residual stream.
    public static let mlpOut = Part("mlp.out")
    /// Final norm.
    public static let normFinal = Part("norm.final", inBlock: false)
    /// Logits.
    public static let logits = Part("logits", inBlock: false)

    /// Every part, in the order of the computation.
    public static let allCases: [Part] = [
      .embed, .residualBefore, .attentionQ, .attentionK, .attentionV, .attentionZ, .attentionOut,
      .residualMid, .mlpIn, .mlpGate, .mlpHidden, .mlpOut, .residualAfter, .normFinal, .logits,
    ]
  }

  /// The block, nil for sites outside of the blocks.
  public let block: Int?
  /// What is seen there.
  public let part: Part

  private init(block: Int?, part: Part) {
    self.block = block
    self.part = part
  }

  /// A site in block `index`; traps if `part` lies outside of the blocks.
  public static func block(_ index: Int, _ part: Part) -> ActivationSite {
    precondition(part.isInBlock && index >= 0, "blocks have no site \(part.rawValue)")
    return ActivationSite(block: index, part: part)
  }

  /// Token embeddings.
  public static let embed = ActivationSite(block: nil, part: .embed)
  /// Final norm.
  public static let normFinal = ActivationSite(block: nil, part: .normFinal)
  /// Logits.
  public static let logits = ActivationSite(block: nil, part: .logits)

  /// Every site of a model with `layers` blocks, in the order of the computation.
  public static func all(layers: Int) -> [ActivationSite] {
    let inside = Part.allCases.filter(\.isInBlock)
    return [.embed] + (0..<layers).flatMap { i in inside.map { .block(i, $0) } }
      + [.normFinal, .logits]
  }

  /// Reads the written form; nil if it names no site.
  public init?(_ description: String) {
    if let part = Part(rawValue: description), !part.isInBlock {
      self.init(block: nil, part: part)
      return
    }
    let pieces = description.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard pieces.count == 3, pieces[0] == "blocks", let index = Int(pieces[1]), index >= 0,
      String(index) == pieces[1], let part = Part(rawValue: String(pieces[2])), part.isInBlock
    else { return nil }
    self.init(block: index, part: part)
  }

  /// The written form, such as `blocks.3.mlp.out`.
  public var description: String {
    block.map { "blocks.\($0).\(part.rawValue)" } ?? part.rawValue
  }

  /// Reads the written form.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let site = ActivationSite(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no activation site '\(text)'"))
    }
    self = site
  }

  /// Writes the written form.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
