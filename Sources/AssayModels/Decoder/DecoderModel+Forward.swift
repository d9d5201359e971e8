import AssayTensor

// Letters in shapes: B rows, T new tokens, S all tokens, d model width, H query heads, K key/value
// heads, D head width, I MLP width, V vocabulary.
extension DecoderModel {
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

  private func unembed(_ weights: DecoderWeights, _ residual: Tensor, _ taps: Taps?) -> Tensor {
    var x = norm(residual, weights.finalNorm, weights.dtype)  // [.., d]
    if let taps {
      x = taps.pass(.normFinal, x)
      if taps.stopped { return x }
    }
    var logits = Tensor.linear(x, weight: weights.head, bias: weights.headBias)  // [.., V]
    if let meter = PassMeter.current {
      meter.countUnembedding(
        configuration, positions: x.count / max(x.dim(-1), 1), recorded: logits.requiresGrad)
    }
    if let cap = configuration.form.logitSoftCap { logits = (logits / cap).tanh() * cap }
    return taps?.pass(.logits, logits) ?? logits
  }

  private func run(
    _ weights: DecoderWeights, _ tokens: Tensor, _ cache: KVCache?, _ starts: [Int]?, _ taps: Taps?
  ) -> Tensor {
    precondition(tokens.rank == 2, "model: expected tokens [B, T], got \(tokens.shape)")
    let (B, T) = (tokens.dim(0), tokens.dim(1))
    let past = cache?.length ?? 0
    let padded = starts.flatMap { $0.contains { $0 > 0 } ? $0 : nil }
    precondition(padded.map { $0.count == B } ?? true, "model: one attentionStart per row")
    taps?.begin(
      configuration, TextSpan(rows: B, count: T, past: past, starts: padded))
    let places = Places(
      self, tokens.device, weights.dtype, B, T, past: past, starts: padded)
    var x = embed(weights, tokens, places, taps)
    if let taps, taps.stopped { return x }
    var done = 0
    defer {
      if let meter = PassMeter.current {
        meter.countBlocks(
          configuration, rows: B, tokens: T, past: past, layers: done,
          recorded: x.requiresGrad)
      }
    }
    // What taps read or replace has to stay in the graph, so blocks are kept whole for them.
    let recomputes = weights.recomputesBlocks && taps == nil && cache == nil
    for layer in weights.blocks.indices {
      done = layer + 1
      x =
        recomputes
        ? recomputed(layer, weights, x, places) : block(layer, weights, x, places, cache, taps)
      if let taps, taps.stopped { return x }
    }
    cache?.advance(by: T)
    return x
  }

  /// Embeddings [B, T, d], with those of the positions where they are learned.
  private func embed(
    _ weights: DecoderWeights, _ tokens: Tensor, _ places: Places, _ taps: Taps?
  ) -> Tensor {
    var x = Tensor.embedding(tokens, weight: weights.embed)
    if let scale = configuration.form.embeddingScale {
      // The reference rounds the factor to the dtype of the embedding.
      x = x * Tensor.scalar(scale).to(dtype: x.dtype).to(device: x.device)
    }
    if let taps {
      x = taps.pass(.embedTokens, x)
      if taps.stopped { return x }
    }
    if let table = weights.positions {
      var learned = Tensor.embedding(places.index(device: tokens.device), weight: table)
      if let taps, taps.touches(.embedPositions) {
        learned = taps.pass(.embedPositions, learned.expand(x.shape))
        if taps.stopped { return learned }
      }
      x = x + learned
    }
    return taps?.pass(.embed, x) ?? x
  }

  /// One block of which backward keeps the input alone.
  private func recomputed(
    _ layer: Int, _ weights: DecoderWeights, _ input: Tensor, _ places: Places
  ) -> Tensor {
    let w = weights.blocks[layer]
    return Tensor.recomputed([input] + w.tensors) { [self] given in
      var weights = weights
      weights.blocks[layer] = w.with(Array(given.dropFirst()))
      return block(layer, weights, given[0], places, nil, nil)
    }
  }

  /// One block; if the taps stop inside, what they stopped at.
  private func block(
    _ layer: Int, _ weights: DecoderWeights, _ input: Tensor, _ places: Places, _ cache: KVCache?,
    _ taps: Taps?
  ) -> Tensor {
    let w = weights.blocks[layer]
    let tap = BlockTap(layer: layer, taps: taps)
    let before = tap.pass(.residualBefore, input)
    if tap.stopped { return before }

    let normed = w.attentionNorm.map { norm(before, $0, weights.dtype) } ?? before  // [B, T, d]
    let read = tap.pass(.attentionIn, normed)
    if tap.stopped { return read }
    var out = attention(layer, w, read, places, cache, tap)
    if tap.stopped { return out }
    if let after = w.afterAttentionNorm { out = norm(out, after, weights.dtype) }
    out = tap.pass(.attentionOut, out)
    if tap.stopped { return out }
    let middle = tap.pass(.residualMid, before + out)
    if tap.stopped { return middle }

    let source: Tensor  // what the MLP reads, [B, T, d]
    switch configuration.form.block {
    case .before, .around: source = w.mlpNorm.map { norm(middle, $0, weights.dtype) } ?? middle
    case .after: source = middle.dtype == weights.dtype ? middle : middle.to(dtype: weights.dtype)
    case .parallel: source = w.mlpNorm.map { norm(before, $0, weights.dtype) } ?? before
    case .parallelSharedNorm: source = normed
    }
    let inner = tap.pass(.mlpIn, source)
    if tap.stopped { return inner }
    out = mlp(w, inner, tap)
    if tap.stopped { return out }
    if let after = w.afterMLPNorm { out = norm(out, after, weights.dtype) }
    out = tap.pass(.mlpOut, out)
    if tap.stopped { return out }
    return tap.pass(.residualAfter, middle + out)
  }

  private func mlp(_ w: DecoderWeights.Block, _ x: Tensor, _ tap: BlockTap) -> Tensor {
    let first = w.mlpFirst(x)  // [B, T, 2I] or [B, T, I]
    let hidden: Tensor  // [B, T, I]
    if configuration.form.isGated, let gated = fusedGate(first, tap) {
      hidden = tap.pass(.mlpHidden, gated)
    } else if configuration.form.isGated {
      let width = configuration.intermediateSize
      let pre = tap.pass(.mlpPre, first.narrow(-1, start: 0, length: width))
      if tap.stopped { return pre }
      let up = tap.pass(.mlpUp, first.narrow(-1, start: width, length: width))
      if tap.stopped { return up }
      let gate = tap.pass(.mlpGate, activated(pre))
      if tap.stopped { return gate }
      hidden = tap.pass(.mlpHidden, gate * up)
    } else {
      let pre = tap.pass(.mlpPre, first)
      if tap.stopped { return pre }
      hidden = tap.pass(.mlpHidden, activated(pre))
    }
    if tap.stopped { return hidden }
    return w.mlpSecond(hidden)  // [B, T, d]
  }

  /// The hidden layer of gate and up [.., 2I] in one pass, nil where somebody looks inside or the family
  /// has another nonlinearity.
  private func fusedGate(_ first: Tensor, _ tap: BlockTap) -> Tensor? {
    guard !tap.touches(.mlpPre), !tap.touches(.mlpUp), !tap.touches(.mlpGate) else { return nil }
    switch configuration.form.activation {
    case .silu: return first.gated()
    case .geluTanh: return first.gated(approximateGELU: true)
    case .gelu, .relu: return nil
    }
  }

  private func activated(_ x: Tensor) -> Tensor {
    switch configuration.form.activation {
    case .silu: x.silu()
    case .gelu: x.gelu()
    case .geluTanh: x.gelu(approximate: true)
    case .relu: x.relu()
    }
  }

  /// The family's norm of x [.., d], the result in `dtype`.
  func norm(_ x: Tensor, _ w: DecoderWeights.Norm, _ dtype: DType) -> Tensor {
    let eps = configuration.normEpsilon
    let y =
      switch configuration.form.norm {
      case .rms: Tensor.rmsNorm(x, weight: w.weight, eps: eps)
      case .rmsAroundOne: Tensor.rmsNorm(x, weight: w.weight + 1, eps: eps)
      case .layer: Tensor.layerNorm(x, weight: w.weight, bias: w.bias, eps: eps)
      }
    return y.dtype == dtype ? y : y.to(dtype: dtype)
  }
}

/// The taps of a pass, seen from one block; costs nothing where there are none.
struct BlockTap {
  let layer: Int
  let taps: Taps?

  var stopped: Bool { taps?.stopped ?? false }

  func pass(_ part: ActivationSite.Part, _ value: Tensor) -> Tensor {
    guard let taps else { return value }
    return taps.pass(.block(layer, part), value)
  }

  func touches(_ part: ActivationSite.Part) -> Bool {
    taps?.touches(.block(layer, part)) ?? false
  }

  /// Whether more is asked of the part than to be read.
  func changes(_ part: ActivationSite.Part) -> Bool {
    taps?.changes(.block(layer, part)) ?? false
  }
}
