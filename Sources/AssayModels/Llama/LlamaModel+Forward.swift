import AssayTensor

// Letters in shapes: B rows, T new tokens, S all tokens, d model width, H query heads, K key/value
// heads, D head width, I MLP width, V vocabulary.
extension LlamaModel {
  /// Logits [B, T, V] for `tokens` [B, T]; see `LanguageModel`.
  public func logits(
    _ tokens: Tensor, cache: KVCache?, attentionStart: [Int]?, taps: Taps?
  ) -> Tensor {
    let weights = current
    let residual = run(weights, tokens, cache, attentionStart, taps)
    if let taps, taps.stopped { return residual }
    return unembed(weights, residual, taps)
  }

  /// The residual stream [B, T, d] after the last block.
  public func finalResidual(
    _ tokens: Tensor, cache: KVCache?, attentionStart: [Int]?, taps: Taps?
  ) -> Tensor {
    run(current, tokens, cache, attentionStart, taps)
  }

  /// Final norm and unembedding of any residual [.., d] -> [.., V].
  public func unembed(_ residual: Tensor) -> Tensor {
    unembed(current, residual, nil)
  }

  private func unembed(_ weights: LlamaWeights, _ residual: Tensor, _ taps: Taps?) -> Tensor {
    var x = norm(residual, weights.norm, weights.dtype)  // [.., d]
    if let taps {
      x = taps.pass(.normFinal, x)
      if taps.stopped { return x }
    }
    let logits = Tensor.linear(x, weight: weights.head)  // [.., V]
    return taps?.pass(.logits, logits) ?? logits
  }

  private func run(
    _ weights: LlamaWeights, _ tokens: Tensor, _ cache: KVCache?, _ starts: [Int]?, _ taps: Taps?
  ) -> Tensor {
    precondition(tokens.rank == 2, "model: expected tokens [B, T], got \(tokens.shape)")
    taps?.begin()
    let (B, T) = (tokens.dim(0), tokens.dim(1))
    let padded = starts.flatMap { $0.contains { $0 > 0 } ? $0 : nil }
    precondition(padded.map { $0.count == B } ?? true, "model: one attentionStart per row")
    let places = positions(
      tokens.device, weights.dtype, B, T, past: cache?.length ?? 0, starts: padded)
    var x = Tensor.embedding(tokens, weight: weights.embed)  // [B, T, d]
    if let taps {
      x = taps.pass(.embed, x)
      if taps.stopped { return x }
    }
    for layer in weights.blocks.indices {
      x = block(layer, weights, x, places, cache, taps)
      if let taps, taps.stopped { return x }
    }
    cache?.advance(by: T)
    return x
  }

  /// One block; if the taps stop inside, what they stopped at.
  private func block(
    _ layer: Int, _ weights: LlamaWeights, _ input: Tensor, _ places: Places, _ cache: KVCache?,
    _ taps: Taps?
  ) -> Tensor {
    let w = weights.blocks[layer]
    let tap = BlockTap(layer: layer, taps: taps)
    var x = tap.pass(.residualBefore, input)
    if tap.stopped { return x }

    let normed = norm(x, w.inputNorm, weights.dtype)  // [B, T, d]
    var out = attention(layer, w, normed, places, cache, tap)
    if tap.stopped { return out }
    out = tap.pass(.attentionOut, out)
    if tap.stopped { return out }
    x = tap.pass(.residualMid, x + out)
    if tap.stopped { return x }

    let inner = tap.pass(.mlpIn, norm(x, w.postNorm, weights.dtype))  // [B, T, d]
    if tap.stopped { return inner }
    out = mlp(w, inner, tap)
    if tap.stopped { return out }
    out = tap.pass(.mlpOut, out)
    if tap.stopped { return out }
    return tap.pass(.residualAfter, x + out)
  }

  private func attention(
    _ layer: Int, _ w: LlamaWeights.Block, _ x: Tensor, _ places: Places, _ cache: KVCache?,
    _ tap: BlockTap
  ) -> Tensor {
    let c = configuration
    let (B, T, H, K, D) = (x.dim(0), x.dim(1), c.heads, c.keyValueHeads, c.headDimension)
    let qkv = Tensor.linear(x, weight: w.qkv, bias: w.qkvBias)  // [B, T, (H + 2K) D]
      .reshape([B, T, H + 2 * K, D]).transpose(1, 2)  // [B, H + 2K, T, D]
    let rotated = Tensor.rotary(
      qkv.narrow(1, start: 0, length: H + K), cos: places.cos, sin: places.sin)
    let q = tap.pass(.attentionQ, rotated.narrow(1, start: 0, length: H))  // [B, H, T, D]
    if tap.stopped { return q }
    var k = tap.pass(.attentionK, rotated.narrow(1, start: H, length: K))  // [B, K, T, D]
    if tap.stopped { return k }
    var v = tap.pass(.attentionV, qkv.narrow(1, start: H + K, length: K))  // [B, K, T, D]
    if tap.stopped { return v }
    if let cache { (k, v) = cache.append(layer: layer, k, v) }  // [B, K, S, D]
    var z = attend(q, k, v, places)  // [B, H, T, D]
      .transpose(1, 2)  // [B, T, H, D]
    z = tap.pass(.attentionZ, z)
    if tap.stopped { return z }
    return Tensor.linear(z.reshape([B, T, H * D]), weight: w.out, bias: w.outBias)  // [B, T, d]
  }

  /// Softmax attention of q [B, H, T, D] over k, v [B, K, S, D].
  private func attend(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ places: Places) -> Tensor {
    let c = configuration
    return Tensor.scaledDotProductAttention(
      q, k, v, mask: places.mask, causal: places.causal, enableGQA: c.heads != c.keyValueHeads)
  }

  private func mlp(_ w: LlamaWeights.Block, _ x: Tensor, _ tap: BlockTap) -> Tensor {
    let inner = configuration.intermediateSize
    let gateUp = Tensor.linear(x, weight: w.gateUp, bias: w.gateUpBias)  // [B, T, 2I]
    let gate = tap.pass(.mlpGate, gateUp.narrow(-1, start: 0, length: inner).silu())  // [B, T, I]
    if tap.stopped { return gate }
    let up = gateUp.narrow(-1, start: inner, length: inner)
    let hidden = tap.pass(.mlpHidden, gate * up)  // [B, T, I]
    if tap.stopped { return hidden }
    return Tensor.linear(hidden, weight: w.down, bias: w.downBias)  // [B, T, d]
  }

  /// RMSNorm (Zhang & Sennrich 2019) of x [.., d], the result in `dtype`.
  private func norm(_ x: Tensor, _ weight: Tensor, _ dtype: DType) -> Tensor {
    let y = Tensor.rmsNorm(x, weight: weight, eps: configuration.normEpsilon)
    return y.dtype == dtype ? y : y.to(dtype: dtype)
  }
}

/// Where the tokens of a pass stand: rotations and what each may look at.
struct Places {
  var cos: Tensor  // [T, D] or [B, 1, T, D]
  var sin: Tensor
  /// True where a query may look, [B or 1, 1, T, S]; nil if `causal` says it all.
  var mask: Tensor?
  var causal: Bool
}

extension LlamaModel {
  /// Rotations and mask of `T` tokens that follow `past` others.
  func positions(
    _ device: Device, _ dtype: DType, _ B: Int, _ T: Int, past: Int, starts: [Int]?
  ) -> Places {
    let S = past + T
    let (cos, sin) = rotary.upTo(S, dtype: dtype, device: device)
    guard let starts else {
      let mask = past > 0 && T > 1 ? causalMask(T, past: past, device: device) : nil
      return Places(
        cos: cos.narrow(0, start: past, length: T), sin: sin.narrow(0, start: past, length: T),
        mask: mask,
        causal: past == 0 && T > 1)
    }
    // A row's first real token stands at position 0.
    let index = starts.flatMap { start in (past..<S).map { max(0, $0 - start) } }
    let rows = Tensor(index, shape: [B * T]).to(device: device)
    let D = configuration.headDimension
    let first = Tensor(starts, shape: [B, 1, 1, 1]).to(device: device)
    let key = Tensor.arange(S).to(device: device).reshape([1, 1, 1, S])
    let query = key.narrow(3, start: past, length: T).reshape([1, 1, T, 1])
    let real = key.ge(first)  // [B, 1, 1, S]
    // Padding looks at itself, so that its softmax has something to sum over.
    let mask =
      T == 1 ? real : real.logicalAnd(key.le(query)).logicalOr(key.eq(query))  // [B, 1, T, S]
    return Places(
      cos: cos.indexSelect(0, index: rows).reshape([B, 1, T, D]),
      sin: sin.indexSelect(0, index: rows).reshape([B, 1, T, D]), mask: mask, causal: false)
  }

  private func causalMask(_ T: Int, past: Int, device: Device) -> Tensor {
    let key = Tensor.arange(past + T).to(device: device).reshape([1, 1, 1, past + T])
    return key.le(key.narrow(3, start: past, length: T).reshape([1, 1, T, 1]))  // [1, 1, T, S]
  }
}

/// The taps of a pass, seen from one block; costs nothing where there are none.
private struct BlockTap {
  let layer: Int
  let taps: Taps?

  var stopped: Bool { taps?.stopped ?? false }

  func pass(_ part: ActivationSite.Part, _ value: Tensor) -> Tensor {
    guard let taps else { return value }
    return taps.pass(.block(layer, part), value)
  }
}
