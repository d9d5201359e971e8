/// Phi-3 mini and medium: Llama's form, with q, k, v stored as one tensor and gate, up as another.
///
/// Source: Abdin et al. 2024, "Phi-3 Technical Report", section 2; reference: `modeling_phi3.py` of
/// transformers. The scaling of its long contexts (`longrope`) is refused.
enum Phi3: ModelFamily {
  static let modelTypes = ["phi3"]
  static let architectures = ["Phi3ForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try file.sizes(family: "phi3", form: DecoderForm())
    c.form.activation = try file.activation(default: "silu")
    c.form.rotary = try file.rotary(headDimension: c.headDimension)
    if file.has("sliding_window") {
      c.form.slidingWindow = try file.count("sliding_window")
      c.form.slidingLayers = try file.slidingLayers { _ in true }
    }
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(isFused: true).slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
