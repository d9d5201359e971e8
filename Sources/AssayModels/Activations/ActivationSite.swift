/// A place in a model where activations can be read or changed.
///
/// Sites have one written form for all families, used alike in code, records, commands and pages, here
/// in the order of the computation:
///
/// | site | shape | what |
/// |---|---|---|
/// | `embed.tokens` | [B, T, d] | token embeddings, scaled where the family does so |
/// | `embed.positions` | [B, T, d] | learned position embeddings; families without rotary positions |
/// | `embed` | [B, T, d] | what enters the first block: the sum of both |
/// | `blocks.3.residual.before` | [B, T, d] | residual stream entering block 3 |
/// | `blocks.3.attention.in` | [B, T, d] | what attention reads, normed |
/// | `blocks.3.attention.q.pre` | [B, H, T, D] | queries before the rotation, normed where the family does so |
/// | `blocks.3.attention.k.pre` | [B, K, T, D] | keys of the new tokens, before the rotation |
/// | `blocks.3.attention.q` | [B, H, T, D] | queries, rotated |
/// | `blocks.3.attention.k`, `.v` | [B, K, T, D] | keys (rotated) and values of the new tokens |
/// | `blocks.3.attention.scores` | [B, H, T, S] | scaled, capped, masked (-∞) scores, before the softmax |
/// | `blocks.3.attention.pattern` | [B, H, T, S] | how much each token looks at each: rows sum to 1 |
/// | `blocks.3.attention.z` | [B, T, H, D] | each head's output before the output projection |
/// | `blocks.3.attention.result` | [B, T, H, d] | each head's output after it; the sum, plus bias, is attention's output |
/// | `blocks.3.attention.out` | [B, T, d] | what attention adds to the residual, after a norm that follows it |
/// | `blocks.3.residual.mid` | [B, T, d] | after attention was added |
/// | `blocks.3.mlp.in` | [B, T, d] | what the MLP reads, normed |
/// | `blocks.3.mlp.pre` | [B, T, I] | what the nonlinearity is applied to |
/// | `blocks.3.mlp.up` | [B, T, I] | the linear half of a gated MLP |
/// | `blocks.3.mlp.gate` | [B, T, I] | the activated half of a gated MLP |
/// | `blocks.3.mlp.hidden` | [B, T, I] | gate times up, or the activated layer: the keys of Geva et al. 2021 |
/// | `blocks.3.mlp.out` | [B, T, d] | what the MLP adds to the residual, after a norm that follows it |
/// | `blocks.3.residual.after` | [B, T, d] | after the MLP was added |
/// | `norm.final` | [B, T, d] | input of the unembedding |
/// | `logits` | [B, T, V] | the model's output |
///
/// B rows, T new tokens, S all tokens, d model width, H query heads, K key/value heads, D head width,
/// I MLP width, V vocabulary. Where attention and MLP stand side by side (GPT-NeoX, GPT-J), both read
/// `residual.before`, and `residual.mid` is the sum before the MLP's part comes in.
///
/// Attention runs in one fused kernel unless `scores` or `pattern` is asked for in that block; `result`
/// costs memory for H times the residual stream.
public struct ActivationSite: Hashable, Codable, Sendable, LosslessStringConvertible {
  /// The block, nil for sites outside of the blocks.
  public let block: Int?
  /// What is seen there.
  public let part: Part

  init(block: Int?, part: Part) {
    self.block = block
    self.part = part
  }

  /// A site in block `index`; traps if `part` lies outside of the blocks.
  public static func block(_ index: Int, _ part: Part) -> ActivationSite {
    precondition(part.isInBlock && index >= 0, "blocks have no site \(part.rawValue)")
    return ActivationSite(block: index, part: part)
  }

  /// Token embeddings.
  public static let embedTokens = ActivationSite(block: nil, part: .embedTokens)
  /// Learned position embeddings.
  public static let embedPositions = ActivationSite(block: nil, part: .embedPositions)
  /// What enters the first block.
  public static let embed = ActivationSite(block: nil, part: .embed)
  /// Final norm.
  public static let normFinal = ActivationSite(block: nil, part: .normFinal)
  /// Logits.
  public static let logits = ActivationSite(block: nil, part: .logits)

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
