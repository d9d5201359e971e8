extension ActivationSite {
  /// The hooks of TransformerLens that show each part, the usual name first; `{}` is the block.
  ///
  /// The numbers are equal where TransformerLens runs the weights as they are (`TransformerBridge`
  /// without compatibility mode); folding norms and centring change what its hooks show. Even so:
  ///
  /// - Queries, keys and values are [B, T, H, D] there and [B, H, T, D] here.
  /// - Where queries and keys are normed (Qwen 3, Gemma 3, OLMo 2), `hook_q` and `hook_k` come before
  ///   that norm and `attention.q.pre`, `.k.pre` after it, as `hook_q_normed`, `hook_k_normed` do.
  /// - `hook_mlp_in` and `hook_attn_in` are copies of the residual stream, before the norm, and
  ///   `hook_normalized` comes before the norm's weight: they have no part here.
  /// - `unembed.hook_out` comes before the cap on logits of Gemma 2, `logits` after it.
  /// - `hook_resid_mid` is missing there where attention and MLP stand side by side.
  static let transformerLensHooks: [(part: Part, names: [String])] = [
    (.embedTokens, ["hook_embed", "embed.hook_out"]),
    (.embedPositions, ["hook_pos_embed", "pos_embed.hook_out"]),
    (.residualBefore, ["blocks.{}.hook_resid_pre", "blocks.{}.hook_in"]),
    (.attentionIn, ["blocks.{}.ln1.hook_out", "blocks.{}.attn.hook_in"]),
    (.attentionQPre, ["blocks.{}.attn.hook_q", "blocks.{}.attn.hook_q_normed"]),
    (.attentionKPre, ["blocks.{}.attn.hook_k", "blocks.{}.attn.hook_k_normed"]),
    (.attentionQ, ["blocks.{}.attn.hook_rot_q"]),
    (.attentionK, ["blocks.{}.attn.hook_rot_k"]),
    (.attentionV, ["blocks.{}.attn.hook_v", "blocks.{}.attn.v.hook_out"]),
    (.attentionScores, ["blocks.{}.attn.hook_attn_scores"]),
    (.attentionPattern, ["blocks.{}.attn.hook_pattern"]),
    (.attentionZ, ["blocks.{}.attn.hook_z", "blocks.{}.attn.o.hook_in"]),
    (.attentionResult, ["blocks.{}.attn.hook_result"]),
    (.attentionOut, ["blocks.{}.hook_attn_out"]),
    (.residualMid, ["blocks.{}.hook_resid_mid"]),
    (.mlpIn, ["blocks.{}.ln2.hook_out", "blocks.{}.mlp.hook_in"]),
    (.mlpPre, ["blocks.{}.mlp.hook_pre"]),
    (.mlpUp, ["blocks.{}.mlp.hook_pre_linear"]),
    (.mlpHidden, ["blocks.{}.mlp.hook_post", "blocks.{}.mlp.out.hook_in"]),
    (.mlpOut, ["blocks.{}.hook_mlp_out"]),
    (.residualAfter, ["blocks.{}.hook_resid_post", "blocks.{}.hook_out"]),
    (.normFinal, ["ln_final.hook_out", "unembed.hook_in"]),
    (.logits, ["unembed.hook_out", "hook_unembed"]),
  ]
}

extension ActivationSite {
  /// The site that a hook of TransformerLens shows, such as `blocks.0.attn.hook_pattern`; nil for a
  /// hook that shows no site.
  public init?(transformerLens name: String) {
    var pieces = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    var block: Int?
    if pieces.count > 1, pieces[0] == "blocks" {
      guard let index = Int(pieces[1]), index >= 0, String(index) == pieces[1] else { return nil }
      block = index
      pieces[1] = "{}"
    }
    let pattern = pieces.joined(separator: ".")
    guard
      let part = Self.transformerLensHooks.first(where: { $0.names.contains(pattern) })?.part,
      part.isInBlock == (block != nil)
    else { return nil }
    self.init(block: block, part: part)
  }

  /// The hook of TransformerLens that shows this site; nil where there is none (`embed`, `mlp.gate`).
  public var transformerLensName: String? {
    guard let name = Self.transformerLensHooks.first(where: { $0.part == part })?.names.first
    else { return nil }
    return block.map { name.replacing("{}", with: String($0)) } ?? name
  }
}
