extension ModelConfiguration {
  /// Weights in the matrices of one block, which every token is multiplied with.
  public var blockMatrixWeights: Int {
    let attention = hiddenSize * headDimension * (2 * heads + 2 * keyValueHeads)
    return attention + (form.isGated ? 3 : 2) * hiddenSize * intermediateSize
  }

  /// Floating-point operations of `layers` blocks on `tokens` new tokens in each of `rows`, after
  /// `past` tokens that a cache holds.
  ///
  /// For each block and token 2 · N, where N are the weights of its matrices, and for each pair of a
  /// query with a key that it may look at 4 · heads · head width: half for the scores, half for the
  /// mixing of values. Norms, nonlinearities, softmax and rotations are left out; they grow with the
  /// width and not with its square.
  ///
  /// Source: Kaplan et al., "Scaling Laws for Neural Language Models" (2020), section 2.1 and
  /// appendix B, with the pairs counted one by one instead of the whole square.
  public func blockFLOPs(rows: Int, tokens: Int, past: Int = 0, layers: Int? = nil) -> Double {
    let count = min(layers ?? self.layers, self.layers)
    let matrices = 2 * Double(blockMatrixWeights) * Double(rows * tokens) * Double(count)
    let pairs = (0..<count).reduce(0.0) { sum, layer in
      sum + Self.pairs(tokens, past: past, window: form.slides(layer) ? form.slidingWindow : nil)
    }
    return matrices + 4 * Double(heads * headDimension) * Double(rows) * pairs
  }

  /// Floating-point operations of the unembedding at `positions`: 2 · width · vocabulary for each.
  public func unembeddingFLOPs(positions: Int) -> Double {
    2 * Double(hiddenSize) * Double(vocabularySize) * Double(positions)
  }

  /// Floating-point operations of a whole forward pass on `tokens` tokens in each of `rows`.
  ///
  /// The backward pass takes twice as much: for each product one for the gradient of the input and one
  /// for that of the weights.
  public func forwardFLOPs(rows: Int, tokens: Int) -> Double {
    blockFLOPs(rows: rows, tokens: tokens) + unembeddingFLOPs(positions: rows * tokens)
  }

  /// Pairs of a new token and one that it may look at, itself included.
  private static func pairs(_ tokens: Int, past: Int, window: Int?) -> Double {
    let (t, p) = (Double(tokens), Double(past))
    let all = t * p + t * (t + 1) / 2
    guard let window, past + tokens > window else { return all }
    return (0..<tokens).reduce(0.0) { $0 + Double(min(past + $1 + 1, window)) }
  }
}
