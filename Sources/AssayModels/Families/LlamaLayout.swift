/// The names and shapes of weights that Llama and its many descendants share.
struct LlamaLayout {
  /// Norms of a block, by name, in the order of the checkpoint.
  var norms: [(name: String, part: WeightPlace.Part)] = [
    ("input_layernorm", .attentionNorm), ("post_attention_layernorm", .mlpNorm),
  ]
  /// Whether q, k and v have a bias.
  var queryKeyValueBias = false
  /// Whether the output projection has one.
  var outBias = false
  /// Widths of the norms of queries and keys; nil: none.
  var queryKeyNorm: (query: Int, key: Int)?
  /// Whether q, k, v are stored as one tensor, and gate, up as one (Phi-3).
  var isFused = false

  /// Every tensor of a checkpoint.
  func slots(_ c: ModelConfiguration) -> [WeightSlot] {
    let d = c.hiddenSize
    var list = [WeightSlot("model.embed_tokens.weight", [c.vocabularySize, d], .embed)]
    for layer in 0..<c.layers {
      let block = "model.layers.\(layer)"
      for norm in norms {
        list.append(WeightSlot("\(block).\(norm.name).weight", [d], .block(layer, norm.part)))
      }
      list += attention("\(block).self_attn", layer, c)
      list += mlp("\(block).mlp", layer, c)
    }
    list.append(WeightSlot("model.norm.weight", [d], .finalNorm))
    if !c.tiesEmbeddings {
      list.append(WeightSlot("lm_head.weight", [c.vocabularySize, d], .head))
    }
    return list
  }

  private func attention(_ name: String, _ layer: Int, _ c: ModelConfiguration) -> [WeightSlot] {
    let (queries, keys) = (c.heads * c.headDimension, c.keyValueHeads * c.headDimension)
    let parts =
      isFused
      ? [("qkv_proj", queries + 2 * keys)]
      : [("q_proj", queries), ("k_proj", keys), ("v_proj", keys)]
    var list: [WeightSlot] = []
    for (part, rows) in parts {
      list.append(
        WeightSlot(
          "\(name).\(part).weight", [rows, c.hiddenSize], .block(layer, .queryKeyValue)))
      if queryKeyValueBias {
        list.append(
          WeightSlot("\(name).\(part).bias", [rows], .block(layer, .queryKeyValueBias)))
      }
    }
    if let widths = queryKeyNorm {
      list.append(WeightSlot("\(name).q_norm.weight", [widths.query], .block(layer, .queryNorm)))
      list.append(WeightSlot("\(name).k_norm.weight", [widths.key], .block(layer, .keyNorm)))
    }
    list.append(
      WeightSlot("\(name).o_proj.weight", [c.hiddenSize, queries], .block(layer, .attentionOut)))
    if outBias {
      list.append(
        WeightSlot("\(name).o_proj.bias", [c.hiddenSize], .block(layer, .attentionOutBias)))
    }
    return list
  }

  private func mlp(_ name: String, _ layer: Int, _ c: ModelConfiguration) -> [WeightSlot] {
    let inner = c.intermediateSize
    let parts =
      isFused ? [("gate_up_proj", 2 * inner)] : [("gate_proj", inner), ("up_proj", inner)]
    var list: [WeightSlot] = []
    for (part, rows) in parts {
      list.append(
        WeightSlot("\(name).\(part).weight", [rows, c.hiddenSize], .block(layer, .mlpIn)))
      if c.mlpBias {
        list.append(WeightSlot("\(name).\(part).bias", [rows], .block(layer, .mlpInBias)))
      }
    }
    list.append(
      WeightSlot("\(name).down_proj.weight", [c.hiddenSize, inner], .block(layer, .mlpOut)))
    if c.mlpBias {
      list.append(WeightSlot("\(name).down_proj.bias", [c.hiddenSize], .block(layer, .mlpOutBias)))
    }
    return list
  }

  /// Leaves out stored rotary frequencies and a head that repeats the embedding.
  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? {
    if name.hasSuffix("rotary_emb.inv_freq") { return nil }
    if name == "lm_head.weight", c.tiesEmbeddings { return nil }
    return name
  }
}
