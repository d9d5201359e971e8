/// RoBERTa and XLM-RoBERTa: BERT's computation, with positions that count from one past the padding
/// token's number.
///
/// Source: Liu et al. 2019, "RoBERTa: A Robustly Optimized BERT Pretraining Approach", section 3;
/// Conneau et al. 2020, "Unsupervised Cross-lingual Representation Learning at Scale"; reference:
/// `modeling_roberta.py` of transformers.
enum RoBERTa: EncoderFamily {
  static let modelTypes = ["roberta", "xlm-roberta"]
  static let prefix = "roberta."

  static func architecture(_ c: EncoderConfiguration) -> String {
    c.family == "roberta" ? "RobertaModel" : "XLMRobertaModel"
  }

  static func configuration(_ file: ConfigurationFile) throws -> EncoderConfiguration {
    var c = try BERT.configuration(file)
    c.family = file.object["model_type"] as? String ?? "roberta"
    c.paddingToken = file.integers("pad_token_id").first ?? 1
    c.countsFromPadding = true
    return c
  }

  static let names = BERT.names
}
