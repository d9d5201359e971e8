import AssayTensor

/// The weights as a forward pass uses them: projections that read the same input are one matrix.
struct LlamaWeights {
  struct Block {
    var inputNorm: Tensor  // [d]
    var qkv: Tensor  // [(H + 2K) D, d]
    var qkvBias: Tensor?
    var out: Tensor  // [d, H D]
    var outBias: Tensor?
    var postNorm: Tensor  // [d]
    var gateUp: Tensor  // [2 I, d]
    var gateUpBias: Tensor?
    var down: Tensor  // [d, I]
    var downBias: Tensor?
  }

  var embed: Tensor  // [V, d]
  var blocks: [Block]
  var norm: Tensor  // [d]
  var head: Tensor  // [V, d]
  /// What matrix products are computed in.
  var dtype: DType

  /// Gathers the named parameters; joined matrices are new tensors through which gradients flow.
  ///
  /// Matrices are cast to `dtype`. Norm weights and the embedding keep theirs: the embedding's
  /// gradient sums over many equal tokens, which bfloat16 would round away.
  static func joined(
    _ c: ModelConfiguration, _ parameter: (String) -> Tensor, dtype: DType
  ) -> LlamaWeights {
    func cast(_ name: String) -> Tensor {
      let tensor = parameter(name)
      return tensor.dtype == dtype ? tensor : tensor.to(dtype: dtype)
    }
    func join(_ block: String, _ names: [String], _ suffix: String) -> Tensor {
      Tensor.cat(names.map { cast("\(block).\($0).\(suffix)") }, dim: 0)
    }
    let blocks = (0..<c.layers).map { layer -> Block in
      let name = "model.layers.\(layer)"
      let (attention, mlp) = ("\(name).self_attn", "\(name).mlp")
      let projections = ["q_proj", "k_proj", "v_proj"]
      return Block(
        inputNorm: parameter("\(name).input_layernorm.weight"),
        qkv: join(attention, projections, "weight"),
        qkvBias: c.attentionBias ? join(attention, projections, "bias") : nil,
        out: cast("\(attention).o_proj.weight"),
        outBias: c.attentionBias ? cast("\(attention).o_proj.bias") : nil,
        postNorm: parameter("\(name).post_attention_layernorm.weight"),
        gateUp: join(mlp, ["gate_proj", "up_proj"], "weight"),
        gateUpBias: c.mlpBias ? join(mlp, ["gate_proj", "up_proj"], "bias") : nil,
        down: cast("\(mlp).down_proj.weight"),
        downBias: c.mlpBias ? cast("\(mlp).down_proj.bias") : nil)
    }
    let embed = parameter("model.embed_tokens.weight")
    return LlamaWeights(
      embed: embed, blocks: blocks, norm: parameter("model.norm.weight"),
      head: c.tiesEmbeddings ? cast("model.embed_tokens.weight") : cast("lm_head.weight"),
      dtype: dtype)
  }

  /// The named parameters as views of these weights, so that changing one changes the other.
  func views(_ c: ModelConfiguration) -> [String: Tensor] {
    var named: [String: Tensor] = ["model.embed_tokens.weight": embed, "model.norm.weight": norm]
    if !c.tiesEmbeddings { named["lm_head.weight"] = head }
    func cut(_ whole: Tensor, _ block: String, _ parts: [(String, Int)], _ suffix: String) {
      var start = 0
      for (name, rows) in parts {
        named["\(block).\(name).\(suffix)"] = whole.narrow(0, start: start, length: rows)
        start += rows
      }
    }
    let (queries, keys) = (c.heads * c.headDimension, c.keyValueHeads * c.headDimension)
    let projections = [("q_proj", queries), ("k_proj", keys), ("v_proj", keys)]
    let halves = [("gate_proj", c.intermediateSize), ("up_proj", c.intermediateSize)]
    for (layer, block) in blocks.enumerated() {
      let name = "model.layers.\(layer)"
      let (attention, mlp) = ("\(name).self_attn", "\(name).mlp")
      named["\(name).input_layernorm.weight"] = block.inputNorm
      named["\(name).post_attention_layernorm.weight"] = block.postNorm
      cut(block.qkv, attention, projections, "weight")
      if let bias = block.qkvBias { cut(bias, attention, projections, "bias") }
      named["\(attention).o_proj.weight"] = block.out
      if let bias = block.outBias { named["\(attention).o_proj.bias"] = bias }
      cut(block.gateUp, mlp, halves, "weight")
      if let bias = block.gateUpBias { cut(bias, mlp, halves, "bias") }
      named["\(mlp).down_proj.weight"] = block.down
      if let bias = block.downBias { named["\(mlp).down_proj.bias"] = bias }
    }
    return named
  }
}
