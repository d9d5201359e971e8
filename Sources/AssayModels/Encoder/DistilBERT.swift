/// DistilBERT: BERT without segments, under names of its own.
///
/// Source: Sanh et al. 2019, "DistilBERT, a distilled version of BERT", section 3; reference:
/// `modeling_distilbert.py` of transformers.
enum DistilBERT: EncoderFamily {
  static let modelTypes = ["distilbert"]
  static let prefix = "distilbert."

  static func architecture(_ c: EncoderConfiguration) -> String { "DistilBertModel" }

  static func configuration(_ file: ConfigurationFile) throws -> EncoderConfiguration {
    EncoderConfiguration(
      family: "distilbert", hiddenSize: try file.count("dim", default: 768),
      intermediateSize: try file.count("hidden_dim", default: 3072),
      layers: try file.count("n_layers", default: 6), heads: try file.count("n_heads", default: 12),
      vocabularySize: try file.count("vocab_size"),
      positions: try file.count("max_position_embeddings", default: 512), segments: 0,
      normEpsilon: 1e-12, activation: try file.activation(["activation"], default: "gelu"),
      paddingToken: file.integers("pad_token_id").first ?? 0, countsFromPadding: false)
  }

  static let names = EncoderNames(
    query: "transformer.layer.*.attention.q_lin", key: "transformer.layer.*.attention.k_lin",
    value: "transformer.layer.*.attention.v_lin",
    attentionOut: "transformer.layer.*.attention.out_lin",
    attentionNorm: "transformer.layer.*.sa_layer_norm", mlpIn: "transformer.layer.*.ffn.lin1",
    mlpOut: "transformer.layer.*.ffn.lin2", mlpNorm: "transformer.layer.*.output_layer_norm")
}
