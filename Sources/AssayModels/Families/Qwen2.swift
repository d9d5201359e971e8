/// Qwen 2 and 2.5: Llama's form, with biases on q, k and v.
///
/// Source: Yang et al. 2024, "Qwen2 Technical Report", section 2.2; reference: `modeling_qwen2.py`
/// of transformers. With `use_sliding_window`, layers from `max_window_layers` on look back on a
/// window.
enum Qwen2: ModelFamily {
  static let modelTypes = ["qwen2"]
  static let architectures = ["Qwen2ForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try file.sizes(family: "qwen2", form: DecoderForm())
    c.attentionBias = true
    try Self.read(file, into: &c)
    return c
  }

  /// What Qwen 2 and 3 have in common.
  static func read(_ file: ConfigurationFile, into c: inout ModelConfiguration) throws {
    c.form.activation = try file.activation(default: "silu")
    c.form.rotary = try file.rotary(headDimension: c.headDimension)
    if try file.flag("use_sliding_window", default: false), file.has("sliding_window") {
      let first = try file.number("max_window_layers", default: 28)
      c.form.slidingWindow = try file.count("sliding_window")
      c.form.slidingLayers = try file.slidingLayers { Double($0) >= first }
    }
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(queryKeyValueBias: true).slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
