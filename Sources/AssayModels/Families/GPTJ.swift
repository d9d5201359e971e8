/// GPT-J: attention and MLP side by side behind one norm, neighbouring elements rotated together.
///
/// Source: Wang & Komatsuzaki 2021, "GPT-J-6B"; reference: `modeling_gptj.py` of transformers.
enum GPTJ: ModelFamily {
  static let modelTypes = ["gptj"]
  static let architectures = ["GPTJForCausalLM"]
  static let hasFreeHeads = false

  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration {
    var form = DecoderForm()
    form.norm = .layer
    form.block = .parallelSharedNorm
    form.isGated = false
    form.activation = try file.activation(["activation_function"], default: "gelu_new")
    var rotary = Rotary()
    rotary.isInterleaved = true
    if file.has("rotary_dim") { rotary.dimension = try file.count("rotary_dim") }
    form.rotary = rotary
    var c = try GPT2.sizes(file, family: "gptj", form: form)
    c.tiesEmbeddings = try file.flag("tie_word_embeddings", default: false)
    return c
  }

  static func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    let (d, inner) = (c.hiddenSize, c.intermediateSize)
    var list = [WeightSlot("transformer.wte.weight", [c.vocabularySize, d], .embed)]
    for layer in 0..<c.layers {
      func add(_ name: String, _ shape: [Int], _ part: WeightPlace.Part) {
        list.append(WeightSlot("transformer.h.\(layer).\(name)", shape, .block(layer, part)))
      }
      add("ln_1.weight", [d], .attentionNorm)
      add("ln_1.bias", [d], .attentionNormBias)
      for name in ["q_proj", "k_proj", "v_proj"] {
        add("attn.\(name).weight", [d, d], .queryKeyValue)
      }
      add("attn.out_proj.weight", [d, d], .attentionOut)
      add("mlp.fc_in.weight", [inner, d], .mlpIn)
      add("mlp.fc_in.bias", [inner], .mlpInBias)
      add("mlp.fc_out.weight", [d, inner], .mlpOut)
      add("mlp.fc_out.bias", [d], .mlpOutBias)
    }
    list.append(WeightSlot("transformer.ln_f.weight", [d], .finalNorm))
    list.append(WeightSlot("transformer.ln_f.bias", [d], .finalNormBias))
    if !c.tiesEmbeddings {
      list.append(WeightSlot("lm_head.weight", [c.vocabularySize, d], .head))
    }
    list.append(WeightSlot("lm_head.bias", [c.vocabularySize], .headBias))
    return list
  }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    let isBuffer = ["attn.bias", "attn.masked_bias", "attn.embed_positions"]
      .contains { name.hasSuffix(".\($0)") }
    if isBuffer || (name == "lm_head.weight" && c.tiesEmbeddings) { return nil }
    return name
  }
}
