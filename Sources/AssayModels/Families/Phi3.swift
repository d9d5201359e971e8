/// Phi-3 mini and medium: Mistral's form, with q, k, v stored as one tensor and gate, up as another.
///
/// Source: Abdin et al. 2024, "Phi-3 Technical Report", section 2; reference: `modeling_phi3.py` of
/// transformers. The scaling of its long contexts (`longrope`) is refused.
enum Phi3: ModelFamily {
  static let modelTypes = ["phi3"]
  static let architectures = ["Phi3ForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    try Mistral.read(file, family: "phi3")
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(isFused: true).slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
