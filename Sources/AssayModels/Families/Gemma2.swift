/// Gemma 2: norms before and after attention and MLP, capped scores and logits, and a window on
/// every other layer.
///
/// Source: Gemma Team 2024, "Gemma 2: Improving Open Language Models at a Practical Size",
/// section 2; reference: `modeling_gemma2.py` of transformers (with `eager` attention, which is the
/// one that caps the scores).
enum Gemma2: ModelFamily {
  static let modelTypes = ["gemma2"]
  static let architectures = ["Gemma2ForCausalLM"]

  /// A block's norms, by name.
  static let norms: [(name: String, part: WeightPlace.Part)] = [
    ("input_layernorm", .attentionNorm), ("post_attention_layernorm", .afterAttentionNorm),
    ("pre_feedforward_layernorm", .mlpNorm), ("post_feedforward_layernorm", .afterMLPNorm),
  ]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try Gemma.read(file, family: "gemma2")
    c.form.rotary = try file.rotary(headDimension: c.headDimension)
    try read(file, into: &c, softCaps: (50, 30)) { $0 % 2 == 0 }
    return c
  }

  /// What Gemma 2 and 3 have in common.
  static func read(
    _ file: ConfigurationFile, into c: inout ModelConfiguration,
    softCaps: (attention: Double?, logits: Double?), sliding: (Int) -> Bool
  ) throws {
    func cap(_ key: String, _ fallback: Double?) throws -> Double? {
      file.object[key] == nil ? fallback : try file.optionalNumber(key)
    }
    c.form.block = .around
    c.form.attentionScale =
      1 / (try file.number("query_pre_attn_scalar", default: 256)).squareRoot()
    c.form.attentionSoftCap = try cap("attn_logit_softcapping", softCaps.attention)
    c.form.logitSoftCap = try cap("final_logit_softcapping", softCaps.logits)
    c.form.slidingWindow = try file.count("sliding_window", default: 4096)
    c.form.slidingLayers = try file.slidingLayers(sliding)
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(norms: norms, queryKeyValueBias: c.attentionBias, outBias: c.attentionBias)
      .slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
