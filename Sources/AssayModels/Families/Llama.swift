/// Llama 1 to 3, and what was built like it.
///
/// Source: Touvron et al. 2023, "LLaMA: Open and Efficient Foundation Language Models", section 2;
/// reference: `modeling_llama.py` of transformers. RMSNorm, rotary positions, SwiGLU, grouped-query
/// attention from Llama 2 on, scaled frequencies from 3.1 on.
enum Llama: ModelFamily {
  static let modelTypes = ["llama"]
  static let architectures = ["LlamaForCausalLM"]

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try file.sizes(family: "llama", form: DecoderForm())
    c.form.activation = try file.activation(default: "silu")
    c.form.rotary = try file.rotary(headDimension: c.headDimension)
    // The file states the context of the first training, which this scaling reaches beyond.
    if case .dynamic(let factor, let original) = c.form.rotary?.scaling {
      c.contextLength = max(c.contextLength, Int(factor * Double(original)))
    }
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    LlamaLayout(queryKeyValueBias: c.attentionBias, outBias: c.attentionBias).slots(c)
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    LlamaLayout.currentName(name, c)
  }

  static func usualForm(_ c: ModelConfiguration) -> ModelConfiguration? {
    var made = c
    made.family = "llama"
    made.form = DecoderForm()
    made.form.rotary = Rotary(theta: c.form.rotary?.theta ?? 10000)
    (made.attentionBias, made.mlpBias) = (false, false)
    return made
  }

  /// The keys for transformers 4 and 5 alike.
  static func huggingFaceKeys(_ c: ModelConfiguration) -> [String: Any]? {
    guard c.form.activation == .silu, let rotary = c.form.rotary, rotary.scaling == .none else {
      return nil
    }
    var keys: [String: Any] = [
      "architectures": architectures,
      "model_type": "llama",
      "hidden_act": "silu",
      "hidden_size": c.hiddenSize,
      "intermediate_size": c.intermediateSize,
      "num_hidden_layers": c.layers,
      "num_attention_heads": c.heads,
      "num_key_value_heads": c.keyValueHeads,
      "head_dim": c.headDimension,
      "vocab_size": c.vocabularySize,
      "max_position_embeddings": c.contextLength,
      "rms_norm_eps": c.normEpsilon,
      "rope_theta": rotary.theta,
      "tie_word_embeddings": c.tiesEmbeddings,
      "attention_bias": c.attentionBias,
      "mlp_bias": c.mlpBias,
    ]
    if let first = c.endOfSequence.first {
      keys["eos_token_id"] = c.endOfSequence.count == 1 ? first as Any : c.endOfSequence as Any
    }
    return keys
  }
}
