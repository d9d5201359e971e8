import AssayCore
import AssayModels
import AssayTensor

/// Reads attention patterns; see ``AttentionPatterns``.
struct HeadReader {
  /// What a head does on repeated random tokens.
  struct Kind {
    var name: String
    var sink: Double
    var previous: Double
    var induction: Double

    /// The kind that its greatest score makes it.
    var kind: String {
      let scores = [(sink, "sink"), (previous, "previous-token"), (induction, "induction")]
      guard let best = scores.max(by: { $0.0 < $1.0 }), best.0 >= 0.4 else { return "mixed" }
      return best.1
    }
  }

  /// The greatest attention of a head to one token beyond what its place earns.
  struct Look {
    var name: String
    var prompt: Int
    var query: Int
    var key: Int
    var attention: Double
    var excess: Double
  }

  let model: any LanguageModel

  private var sites: [ActivationSite] {
    (0..<model.configuration.layers).map { .block($0, .attentionPattern) }
  }

  private static func name(_ layer: Int, _ head: Int) -> String {
    "blocks.\(layer).attention.pattern[\(head)]"
  }

  /// Patterns of each layer, [H, T, T], of one text.
  private func patterns(_ rows: [[Int]]) -> [Tensor] {
    let taps = Taps(reading: sites)
    _ = model.finalResidual(Tensor(rows: rows), cache: nil, attentionStart: nil, taps: taps)
    return sites.compactMap { taps[$0]?.to(dtype: .float32) }  // [B, H, T, T]
  }

  /// Scores on `repeats` rows of `length` tokens of `pool` written twice.
  func kinds(_ pool: [Int], length: Int, repeats: Int, seed: UInt64) -> [Kind] {
    var random = SplitMix64(seed: seed).fork("repeated tokens")
    let rows = (0..<repeats).map { _ -> [Int] in
      let once = (0..<length).map { _ in random.pick(pool) ?? 0 }
      return once + once
    }
    return withInference {
      patterns(rows).enumerated().flatMap { layer, pattern in
        let mean = pattern.mean(0)  // [H, T, T]
        return (0..<mean.dim(0)).map { head in
          let own = mean[head]
          // From the second copy on, where a head has had the chance to see the first.
          func score(_ key: (Int) -> Int) -> Double {
            let values = own.floats()
            let sum = (length..<2 * length).reduce(0.0) {
              $0 + Double(values[$1 * 2 * length + key($1)])
            }
            return sum / Double(length)
          }
          return Kind(
            name: Self.name(layer, head), sink: score { _ in 0 }, previous: score { $0 - 1 },
            induction: score { $0 - length + 1 })
        }
      }
    }
  }

  /// For each head the token that it looks at most beyond what place explains.
  func looks(_ prompts: [[Int]]) -> [Look] {
    withInference {
      let all = prompts.map { patterns([$0]).map { $0[0] } }  // [prompt][layer] [H, T, T]
      let layers = all.first?.count ?? 0
      return (0..<layers).flatMap { layer -> [Look] in
        let heads = all[0][layer].dim(0)
        let values = all.map { $0[layer].floats() }
        return (0..<heads).compactMap { look(layer, $0, prompts.map(\.count), values) }
      }
    }
  }

  private func look(_ layer: Int, _ head: Int, _ lengths: [Int], _ values: [[Float]]) -> Look? {
    let longest = lengths.max() ?? 0
    func at(_ prompt: Int, _ query: Int, _ key: Int) -> Double {
      let length = lengths[prompt]
      return Double(values[prompt][(head * length + query) * length + key])
    }
    // What distance earns, first tokens apart: they are where heads rest.
    var byDistance = [(sum: Double, count: Int)](repeating: (0, 0), count: longest)
    for (prompt, length) in lengths.enumerated() {
      for query in 1..<length {
        for key in 1...query {
          byDistance[query - key].sum += at(prompt, query, key)
          byDistance[query - key].count += 1
        }
      }
    }
    var best: Look?
    for (prompt, length) in lengths.enumerated() {
      for key in 1..<length {
        // The mean over the tokens that come after it, itself left out.
        let queries = (key + 1)..<length
        guard queries.count >= 3 else { continue }
        var (excess, strongest) = (0.0, (query: key + 1, attention: 0.0))
        for query in queries {
          let seen = at(prompt, query, key)
          let usual = byDistance[query - key]
          excess += seen - usual.sum / Double(max(usual.count, 1))
          if seen > strongest.attention { strongest = (query, seen) }
        }
        excess /= Double(queries.count)
        if excess > best?.excess ?? -.infinity {
          best = Look(
            name: Self.name(layer, head), prompt: prompt, query: strongest.query, key: key,
            attention: strongest.attention, excess: excess)
        }
      }
    }
    return best
  }
}
