/// The names and shapes of a Llama checkpoint's tensors, in the order of Hugging Face's files.
struct LlamaParameterLayout {
  let shapes: [(name: String, shape: [Int])]

  init(_ c: ModelConfiguration) {
    let queries = c.heads * c.headDimension
    let keys = c.keyValueHeads * c.headDimension
    var list: [(name: String, shape: [Int])] = [
      ("model.embed_tokens.weight", [c.vocabularySize, c.hiddenSize])
    ]
    func add(_ name: String, _ rows: Int, _ columns: Int, bias: Bool) {
      list.append(("\(name).weight", [rows, columns]))
      if bias { list.append(("\(name).bias", [rows])) }
    }
    for layer in 0..<c.layers {
      let block = "model.layers.\(layer)"
      list.append(("\(block).input_layernorm.weight", [c.hiddenSize]))
      add("\(block).self_attn.q_proj", queries, c.hiddenSize, bias: c.attentionBias)
      add("\(block).self_attn.k_proj", keys, c.hiddenSize, bias: c.attentionBias)
      add("\(block).self_attn.v_proj", keys, c.hiddenSize, bias: c.attentionBias)
      add("\(block).self_attn.o_proj", c.hiddenSize, queries, bias: c.attentionBias)
      list.append(("\(block).post_attention_layernorm.weight", [c.hiddenSize]))
      add("\(block).mlp.gate_proj", c.intermediateSize, c.hiddenSize, bias: c.mlpBias)
      add("\(block).mlp.up_proj", c.intermediateSize, c.hiddenSize, bias: c.mlpBias)
      add("\(block).mlp.down_proj", c.hiddenSize, c.intermediateSize, bias: c.mlpBias)
    }
    list.append(("model.norm.weight", [c.hiddenSize]))
    if !c.tiesEmbeddings { list.append(("lm_head.weight", [c.vocabularySize, c.hiddenSize])) }
    shapes = list
  }
}
