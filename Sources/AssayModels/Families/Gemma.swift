/// Gemma 1: Llama's form with a scaled embedding, norms around one and a tanh-approximated gate.
///
/// Source: Gemma Team 2024, "Gemma: Open Models Based on Gemini Research and Technology", section 2;
/// reference: `modeling_gemma.py` of transformers.
enum Gemma: ModelFamily {
  static let modelTypes = ["gemma"]
  static let architectures = ["GemmaForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try read(file, family: "gemma")
    c.form.rotary = try file.rotary(headDimension: c.headDimension)
    return c
  }

  /// What all three generations have in common.
  static func read(_ file: ConfigurationFile, family: String) throws -> ModelConfiguration {
    var c = try file.sizes(family: family, form: DecoderForm())
    c.headDimension = try file.count("head_dim", default: 256)
    c.tiesEmbeddings = try file.flag("tie_word_embeddings", default: true)
    c.form.norm = .rmsAroundOne
    c.form.activation = try file.activation(
      ["hidden_activation", "hidden_act"], default: "gelu_pytorch_tanh")
    c.form.embeddingScale = Double(c.hiddenSize).squareRoot()
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(queryKeyValueBias: c.attentionBias, outBias: c.attentionBias).slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }
}
