/// GPT-NeoX and Pythia: attention and MLP side by side, part of each head rotated.
///
/// Source: Black et al. 2022, "GPT-NeoX-20B", section 2.1; reference: `modeling_gpt_neox.py` of
/// transformers. The joined projection holds q, k and v head by head.
enum GPTNeoX: ModelFamily {
  static let modelTypes = ["gpt_neox"]
  static let architectures = ["GPTNeoXForCausalLM"]
  static let hasFreeHeads = false

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var c = try file.sizes(family: "gpt_neox", form: DecoderForm())
    c.normEpsilon = try file.number("layer_norm_eps", default: 1e-5)
    c.attentionBias = try file.flag("attention_bias", default: true)
    c.mlpBias = true
    c.form.norm = .layer
    c.form.isGated = false
    c.form.block =
      try file.flag("use_parallel_residual", default: true) ? .parallel : .before
    c.form.activation = try file.activation(default: "gelu")
    c.form.queryKeyValueOrder = .perHead
    c.form.rotary = try file.rotary(
      theta: file.number("rotary_emb_base", default: 10000), headDimension: c.headDimension)
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    let (d, inner) = (c.hiddenSize, c.intermediateSize)
    var list = [WeightSlot("gpt_neox.embed_in.weight", [c.vocabularySize, d], .embed)]
    for layer in 0..<c.layers {
      func add(_ name: String, _ shape: [Int], _ part: WeightPlace.Part) {
        list.append(WeightSlot("gpt_neox.layers.\(layer).\(name)", shape, .block(layer, part)))
      }
      add("input_layernorm.weight", [d], .attentionNorm)
      add("input_layernorm.bias", [d], .attentionNormBias)
      add("post_attention_layernorm.weight", [d], .mlpNorm)
      add("post_attention_layernorm.bias", [d], .mlpNormBias)
      add("attention.query_key_value.weight", [3 * d, d], .queryKeyValue)
      if c.attentionBias { add("attention.query_key_value.bias", [3 * d], .queryKeyValueBias) }
      add("attention.dense.weight", [d, d], .attentionOut)
      if c.attentionBias { add("attention.dense.bias", [d], .attentionOutBias) }
      add("mlp.dense_h_to_4h.weight", [inner, d], .mlpIn)
      add("mlp.dense_h_to_4h.bias", [inner], .mlpInBias)
      add("mlp.dense_4h_to_h.weight", [d, inner], .mlpOut)
      add("mlp.dense_4h_to_h.bias", [d], .mlpOutBias)
    }
    list.append(WeightSlot("gpt_neox.final_layer_norm.weight", [d], .finalNorm))
    list.append(WeightSlot("gpt_neox.final_layer_norm.bias", [d], .finalNormBias))
    if !c.tiesEmbeddings {
      list.append(WeightSlot("embed_out.weight", [c.vocabularySize, d], .head))
    }
    return list
  }

  /// Pythia's form: side by side, a quarter of each head rotated, an unembedding of its own.
  static func usualForm(_ c: ModelConfiguration) -> ModelConfiguration? {
    var made = c
    made.family = "gpt_neox"
    made.form = DecoderForm()
    made.form.norm = .layer
    made.form.block = .parallel
    made.form.isGated = false
    made.form.activation = .gelu
    made.form.queryKeyValueOrder = .perHead
    made.form.rotary = Rotary(theta: c.form.rotary?.theta ?? 10000)
    // Elements are rotated in pairs.
    made.form.rotary?.dimension = max(2, c.headDimension / 8 * 2)
    (made.attentionBias, made.mlpBias, made.tiesEmbeddings) = (true, true, false)
    return made
  }

  /// The keys for transformers 4 and 5 alike.
  static func huggingFaceKeys(_ c: ModelConfiguration) -> [String: Any]? {
    guard c.form.activation == .gelu, let rotary = c.form.rotary, rotary.scaling == .none else {
      return nil
    }
    var keys: [String: Any] = [
      "architectures": architectures,
      "model_type": "gpt_neox",
      "hidden_act": "gelu",
      "hidden_size": c.hiddenSize,
      "intermediate_size": c.intermediateSize,
      "num_hidden_layers": c.layers,
      "num_attention_heads": c.heads,
      "vocab_size": c.vocabularySize,
      "max_position_embeddings": c.contextLength,
      "layer_norm_eps": c.normEpsilon,
      "rotary_emb_base": rotary.theta,
      "rotary_pct": Double(rotary.dimension ?? c.headDimension) / Double(c.headDimension),
      "tie_word_embeddings": c.tiesEmbeddings,
      "attention_bias": c.attentionBias,
      "use_parallel_residual": c.form.block == .parallel,
    ]
    if let first = c.endOfSequence.first {
      keys["eos_token_id"] = c.endOfSequence.count == 1 ? first as Any : c.endOfSequence as Any
      keys["bos_token_id"] = first
    }
    return keys
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    let isBuffer = ["attention.bias", "attention.masked_bias", "rotary_emb.inv_freq"]
      .contains { name.hasSuffix(".\($0)") }
    if isBuffer || (name == "embed_out.weight" && c.tiesEmbeddings) { return nil }
    return name
  }
}
