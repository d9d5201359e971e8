/// Mistral 7B and its kin: Llama's form, with a window on the past.
///
/// Source: Jiang et al. 2023, "Mistral 7B", section 2; reference: `modeling_mistral.py` of
/// transformers. Where `sliding_window` is set, every layer looks back on that many tokens.
enum Mistral: ModelFamily {
  static let modelTypes = ["mistral"]
  static let architectures = ["MistralForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    try read(file, family: "mistral")
  }

  /// Llama's settings with a window on every layer, where there is one.
  static func read(_ file: ConfigurationFile, family: String) throws -> ModelConfiguration {
    var c = try file.sizes(family: family, form: DecoderForm())
    c.form.activation = try file.activation(default: "silu")
    c.form.rotary = try file.rotary(headDimension: c.headDimension)
    if file.has("sliding_window") {
      c.form.slidingWindow = try file.count("sliding_window")
      c.form.slidingLayers = try file.slidingLayers { _ in true }
    }
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] { LlamaLayout().slots(c) }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
