/// Qwen 3, the dense models: Llama's form, with a norm on each head's queries and keys.
///
/// Source: Yang et al. 2025, "Qwen3 Technical Report", section 2; reference: `modeling_qwen3.py` of
/// transformers.
enum Qwen3: ModelFamily {
  static let modelTypes = ["qwen3"]
  static let architectures = ["Qwen3ForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try file.sizes(family: "qwen3", form: DecoderForm())
    c.headDimension = try file.count("head_dim", default: 128)
    c.form.queryKeyNorm = .perHead
    try Qwen2.read(file, into: &c)
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(
      queryKeyValueBias: c.attentionBias, outBias: c.attentionBias,
      queryKeyNorm: (c.headDimension, c.headDimension)
    ).slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
