import AssayTensor

extension DecoderModel {
  /// What attention adds to the residual stream, [B, T, d], for its normed input `x` [B, T, d].
  func attention(
    _ layer: Int, _ w: DecoderWeights.Block, _ x: Tensor, _ places: Places, _ cache: KVCache?,
    _ tap: BlockTap
  ) -> Tensor {
    let c = configuration
    let (B, T, H, D) = (x.dim(0), x.dim(1), c.heads, c.headDimension)
    let view = places.view(sliding: c.form.slides(layer))
    var (q, k, v) = queriesKeysValues(w, matching(x, w.qkv), view, tap)
    if tap.stopped { return q }
    q = tap.pass(.attentionQ, q)  // [B, H, T, D]
    if tap.stopped { return q }
    k = tap.pass(.attentionK, k)  // [B, K, T, D]
    if tap.stopped { return k }
    v = tap.pass(.attentionV, v)  // [B, K, T, D]
    if tap.stopped { return v }
    if let cache { (k, v) = cache.append(layer: layer, k, v) }  // [B, K, S, D]
    var z = attend(q, k, v, view, tap)  // [B, H, T, D]
    if tap.stopped { return z }
    z = tap.pass(.attentionZ, z.transpose(1, 2))  // [B, T, H, D]
    if tap.stopped { return z }
    if tap.touches(.attentionResult) {
      let result = tap.pass(.attentionResult, perHead(w, z))  // [B, T, H, d]
      if tap.stopped { return result }
      let sum = result.sum(2)  // [B, T, d]
      return w.outBias.map { sum + $0 } ?? sum
    }
    return w.attentionOut(z.reshape([B, T, H * D]))  // [B, T, d]
  }

  /// What each head writes [B, T, H, d], the bias left out, of its output z [B, T, H, D].
  private func perHead(_ w: DecoderWeights.Block, _ z: Tensor) -> Tensor {
    let (H, D) = (z.dim(2), z.dim(3))
    guard w.changes.parts[.attentionOut] == nil else {
      // Adapters see all heads at once: one head at a time, the others silent.
      let none = w.attentionOut((z * 0).flatten(2, 3))  // [B, T, d], the bias
      return Tensor.stack(
        (0..<H).map { head in
          let mask = Tensor.arange(H).eq(Double(head)).to(dtype: z.dtype).reshape([1, 1, H, 1])
          return w.attentionOut((z * mask).flatten(2, 3)) - none
        }, dim: 2)
    }
    let weight = w.out.reshape([w.out.dim(0), H, D])  // [d, H, D]
    return Tensor.einsum("bthe,dhe->bthd", [z, weight])
  }

  /// Where no norm comes before attention, the residual may be wider than the products.
  private func matching(_ x: Tensor, _ weight: Tensor) -> Tensor {
    x.dtype == weight.dtype ? x : x.to(dtype: weight.dtype)
  }

  /// q [B, H, T, D], k and v [B, K, T, D], normed and rotated as the family does; if the taps stop
  /// inside, what they stopped at comes first.
  private func queriesKeysValues(
    _ w: DecoderWeights.Block, _ x: Tensor, _ view: Places.View, _ tap: BlockTap
  ) -> (Tensor, Tensor, Tensor) {
    let c = configuration
    let (B, T, H, K, D) = (x.dim(0), x.dim(1), c.heads, c.keyValueHeads, c.headDimension)
    let joined = w.queriesKeysValues(x)  // [B, T, (H + 2K) D]
    if c.form.queryKeyValueOrder == .blocks, c.form.queryKeyNorm == .none,
      !tap.touches(.attentionQPre), !tap.touches(.attentionKPre)
    {
      let heads = joined.reshape([B, T, H + 2 * K, D]).transpose(1, 2)  // [B, H + 2K, T, D]
      let turned = rotated(heads.narrow(1, start: 0, length: H + K), view)
      return (
        turned.narrow(1, start: 0, length: H), turned.narrow(1, start: H, length: K),
        heads.narrow(1, start: H + K, length: K)
      )
    }
    var (q, k, v) = unrotated(w, joined)
    q = tap.pass(.attentionQPre, q)  // [B, H, T, D]
    if tap.stopped { return (q, k, v) }
    k = tap.pass(.attentionKPre, k)  // [B, K, T, D]
    if tap.stopped { return (k, k, v) }
    return (rotated(q, view), rotated(k, view), v)
  }

  /// q [B, H, T, D], k and v [B, K, T, D] of a joined projection [B, T, (H + 2K) D], normed as the
  /// family does.
  private func unrotated(
    _ w: DecoderWeights.Block, _ joined: Tensor
  ) -> (Tensor, Tensor, Tensor) {
    let c = configuration
    let (B, T, H, K) = (joined.dim(0), joined.dim(1), c.heads, c.keyValueHeads)
    let D = c.headDimension
    if c.form.queryKeyValueOrder == .perHead {
      let heads = joined.reshape([B, T, H, 3 * D]).transpose(1, 2)  // [B, H, T, 3D]
      let parts = heads.split(sizes: [D, D, D], dim: -1)
      return (parts[0], parts[1], parts[2])
    }
    let parts = joined.split(sizes: [H * D, K * D, K * D], dim: -1)  // [B, T, ..]
    func heads(_ x: Tensor, _ count: Int) -> Tensor {
      x.reshape([B, T, count, D]).transpose(1, 2)  // [B, count, T, D]
    }
    func normed(_ x: Tensor, _ weight: Tensor?, _ count: Int) -> Tensor {
      guard let weight else { return heads(x, count) }
      let w = DecoderWeights.Norm(weight: weight)
      return c.form.queryKeyNorm == .whole
        ? heads(norm(x, w, x.dtype), count)
        : norm(x.reshape([B, T, count, D]), w, x.dtype).transpose(1, 2)
    }
    return (
      normed(parts[0], w.queryNorm, H), normed(parts[1], w.keyNorm, K), heads(parts[2], K)
    )
  }

  /// The rotary embedding of x [B, H, T, D].
  private func rotated(_ x: Tensor, _ view: Places.View) -> Tensor {
    guard let turn = view.rotation, let rotary = configuration.form.rotary else { return x }
    let (D, R) = (x.dim(-1), turn.cos.dim(-1))
    guard R < D || rotary.isInterleaved else {
      return Tensor.rotary(x, cos: turn.cos, sin: turn.sin)
    }
    let part = x.narrow(-1, start: 0, length: R)
    let done =
      rotary.isInterleaved
      ? Self.rotateNeighbours(part, turn) : Tensor.rotary(part, cos: turn.cos, sin: turn.sin)
    guard R < D else { return done }
    return Tensor.cat([done, x.narrow(-1, start: R, length: D - R)], dim: -1)
  }

  /// The rotation of elements 2j and 2j + 1 together; x [B, H, T, R].
  private static func rotateNeighbours(_ x: Tensor, _ turn: Places.Rotation) -> Tensor {
    let half = x.dim(-1) / 2
    let pairs = x.reshape(Array(x.shape.dropLast()) + [half, 2])
    let (first, second) = (pairs.select(-1, index: 0), pairs.select(-1, index: 1))
    let cos = turn.cos.narrow(-1, start: 0, length: half)
    let sin = turn.sin.narrow(-1, start: 0, length: half)
    return Tensor.stack([first * cos - second * sin, second * cos + first * sin], dim: -1)
      .reshape(x.shape)
  }

  /// Softmax attention of q [B, H, T, D] over k, v [B, K, S, D]: [B, H, T, D]; if the taps stop
  /// inside, what they stopped at.
  ///
  /// One fused kernel, unless scores are capped or somebody wants to see them.
  private func attend(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ view: Places.View, _ tap: BlockTap
  ) -> Tensor {
    let c = configuration
    let cap = c.form.attentionSoftCap
    guard cap != nil || tap.touches(.attentionScores) || tap.touches(.attentionPattern) else {
      return Tensor.scaledDotProductAttention(
        q, k, v, mask: view.mask, causal: view.causal, scale: c.form.attentionScale,
        enableGQA: c.heads != c.keyValueHeads)
    }
    // The query heads of one key head lie together: one product serves all of them.
    let (B, H, T, D, S) = (q.dim(0), q.dim(1), q.dim(2), q.dim(3), k.dim(2))
    let grouped = [B, c.keyValueHeads, c.groupSize * T]
    let scale = c.form.attentionScale ?? 1 / Double(c.headDimension).squareRoot()
    let products = q.reshape(grouped + [D]).matmul(k.transpose(2, 3)).reshape([B, H, T, S])
    func share(_ scores: Tensor) -> Tensor {
      if !scores.requiresGrad,
        let pattern = scores.clone().attentionPattern(mask: nil, causal: false, scale: 1)
      {
        return pattern
      }
      return scores.to(dtype: .float32).softmax(-1).to(dtype: q.dtype)
    }
    func weighted(_ pattern: Tensor) -> Tensor {
      pattern.reshape(grouped + [S]).matmul(v).reshape([B, H, T, D])
    }
    if cap == nil,
      let seen = products.attentionPattern(mask: view.mask, causal: view.causal, scale: scale)
    {
      let scores = tap.pass(.attentionScores, products)
      if tap.stopped { return scores }
      let pattern = tap.pass(
        .attentionPattern, tap.changes(.attentionScores) ? share(scores) : seen)
      return tap.stopped ? pattern : weighted(pattern)
    }
    var scores = products * scale  // [B, H, T, S]
    if let cap { scores = (scores / cap).tanh() * cap }
    if let mask = view.mask ?? view.causalMask {
      scores = scores.maskedFill(mask.logicalNot(), -.infinity)
    }
    scores = tap.pass(.attentionScores, scores)
    if tap.stopped { return scores }
    let pattern = tap.pass(.attentionPattern, share(scores))
    if tap.stopped { return pattern }
    return weighted(pattern)
  }
}
