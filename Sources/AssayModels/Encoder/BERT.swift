/// BERT and MiniLM: learned positions and segments, norms after attention and after the MLP.
///
/// Source: Devlin et al. 2019, "BERT: Pre-training of Deep Bidirectional Transformers for Language
/// Understanding", section 3; Wang et al. 2020, "MiniLM"; reference: `modeling_bert.py` of transformers.
enum BERT: EncoderFamily {
  static let modelTypes = ["bert"]
  static let prefix = "bert."

  static func architecture(_ c: EncoderConfiguration) -> String { "BertModel" }

  static func configuration(_ file: ConfigurationFile) throws -> EncoderConfiguration {
    try file.checkEncoder()
    return EncoderConfiguration(
      family: "bert", hiddenSize: try file.count("hidden_size"),
      intermediateSize: try file.count("intermediate_size"),
      layers: try file.count("num_hidden_layers"), heads: try file.count("num_attention_heads"),
      vocabularySize: try file.count("vocab_size"),
      positions: try file.count("max_position_embeddings", default: 512),
      segments: try file.count("type_vocab_size", default: 2),
      normEpsilon: try file.number("layer_norm_eps", default: 1e-12),
      activation: try file.activation(default: "gelu"),
      paddingToken: file.integers("pad_token_id").first ?? 0, countsFromPadding: false)
  }

  static let names = EncoderNames(
    query: "encoder.layer.*.attention.self.query", key: "encoder.layer.*.attention.self.key",
    value: "encoder.layer.*.attention.self.value",
    attentionOut: "encoder.layer.*.attention.output.dense",
    attentionNorm: "encoder.layer.*.attention.output.LayerNorm",
    mlpIn: "encoder.layer.*.intermediate.dense", mlpOut: "encoder.layer.*.output.dense",
    mlpNorm: "encoder.layer.*.output.LayerNorm", pooler: "pooler.dense")
}
