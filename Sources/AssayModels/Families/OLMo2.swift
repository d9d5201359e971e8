/// OLMo 2: norms after attention and MLP instead of before, and norms over all queries and all keys.
///
/// Source: OLMo Team 2024, "2 OLMo 2 Furious", section 3.2; reference: `modeling_olmo2.py` of
/// transformers.
enum OLMo2: ModelFamily {
  static let modelTypes = ["olmo2"]
  static let architectures = ["Olmo2ForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try file.sizes(family: "olmo2", form: DecoderForm())
    c.normEpsilon = try file.number("rms_norm_eps", default: 1e-5)
    c.form.block = .after
    c.form.queryKeyNorm = .whole
    c.form.activation = try file.activation(default: "silu")
    c.form.rotary = try file.rotary(headDimension: c.headDimension)
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(
      norms: [
        ("post_attention_layernorm", .afterAttentionNorm),
        ("post_feedforward_layernorm", .afterMLPNorm),
      ],
      queryKeyValueBias: c.attentionBias, outBias: c.attentionBias,
      queryKeyNorm: (c.heads * c.headDimension, c.keyValueHeads * c.headDimension)
    ).slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
