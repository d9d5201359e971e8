import AssayCore

/// GPT-2: LayerNorm, learned positions, a plain MLP, projections stored [in, out].
///
/// Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3;
/// reference: `modeling_gpt2.py` of transformers. The oldest checkpoints name their tensors without
/// `transformer.` and store the causal mask; both are read.
enum GPT2: ModelFamily {
  static let modelTypes = ["gpt2"]
  static let architectures = ["GPT2LMHeadModel"]
  static let hasFreeHeads = false

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    guard try file.flag("scale_attn_weights", default: true),
      try !file.flag("scale_attn_by_inverse_layer_idx", default: false)
    else {
      throw AssayError(
        .unsupported, "'\(file.path)' scales attention in a way that GPT-2 itself never did",
        hint: "supported: scale_attn_weights true, scale_attn_by_inverse_layer_idx false")
    }
    var form = DecoderForm()
    form.norm = .layer
    form.rotary = nil
    form.isGated = false
    form.activation = try file.activation(["activation_function"], default: "gelu_new")
    return try sizes(file, family: "gpt2", form: form)
  }

  /// Sizes under GPT-2's names, which GPT-J shares.
  static func sizes(_ file: ConfigurationFile, family: String, form: DecoderForm) throws
    -> ModelConfiguration
  {
    let width = try file.count("n_embd")
    return ModelConfiguration(
      hiddenSize: width, intermediateSize: try file.count("n_inner", default: 4 * width),
      layers: try file.count("n_layer"), heads: try file.count("n_head"),
      vocabularySize: try file.count("vocab_size"),
      contextLength: try file.count("n_positions", default: file.count("n_ctx", default: 1024)),
      normEpsilon: try file.number("layer_norm_epsilon", default: 1e-5),
      tiesEmbeddings: try file.flag("tie_word_embeddings", default: true),
      endOfSequence: file.integers("eos_token_id"), family: family, form: form)
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    let (d, inner) = (c.hiddenSize, c.intermediateSize)
    var list = [
      WeightSlot("transformer.wte.weight", [c.vocabularySize, d], .embed),
      WeightSlot("transformer.wpe.weight", [c.contextLength, d], .positions),
    ]
    for layer in 0..<c.layers {
      func add(_ name: String, _ shape: [Int], _ part: WeightPlace.Part) {
        list.append(
          WeightSlot(
            "transformer.h.\(layer).\(name)", shape, .block(layer, part),
            isTransposed: shape.count == 2))
      }
      add("ln_1.weight", [d], .attentionNorm)
      add("ln_1.bias", [d], .attentionNormBias)
      add("attn.c_attn.weight", [d, 3 * d], .queryKeyValue)
      add("attn.c_attn.bias", [3 * d], .queryKeyValueBias)
      add("attn.c_proj.weight", [d, d], .attentionOut)
      add("attn.c_proj.bias", [d], .attentionOutBias)
      add("ln_2.weight", [d], .mlpNorm)
      add("ln_2.bias", [d], .mlpNormBias)
      add("mlp.c_fc.weight", [d, inner], .mlpIn)
      add("mlp.c_fc.bias", [inner], .mlpInBias)
      add("mlp.c_proj.weight", [inner, d], .mlpOut)
      add("mlp.c_proj.bias", [d], .mlpOutBias)
    }
    list.append(WeightSlot("transformer.ln_f.weight", [d], .finalNorm))
    list.append(WeightSlot("transformer.ln_f.bias", [d], .finalNormBias))
    if !c.tiesEmbeddings {
      list.append(WeightSlot("lm_head.weight", [c.vocabularySize, d], .head))
    }
    return list
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    if name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") { return nil }
    if name == "lm_head.weight" { return c.tiesEmbeddings ? nil : name }
    return name.hasPrefix("transformer.") ? name : "transformer.\(name)"
  }
}
