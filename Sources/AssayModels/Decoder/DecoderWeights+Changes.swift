import AssayTensor

/// Low-rank changes of a block's products, by the part that they change.
struct LowRankChanges {
  var parts: [WeightPlace.Part: [LowRankChange]] = [:]
  /// What every change is multiplied by.
  var scale = 1.0
}

extension DecoderWeights {
  /// These weights with low-rank changes on their products, for every slot of a block that has one.
  ///
  /// - Parameters:
  ///   - scale: what every change is multiplied by.
  ///   - change: A of every member, [K, r, in], and B, [K, out, r], of the parameter of that name.
  func changed(
    _ slots: [WeightSlot], scale: Double, by change: (String) -> (a: Tensor, b: Tensor)?
  ) -> DecoderWeights {
    var weights = self
    var taken: [WeightPlace: Int] = [:]
    for slot in slots {
      let start = taken[slot.place, default: 0]
      taken[slot.place] = start + slot.rows
      guard case .block(let layer, let part) = slot.place, let (a, b) = change(slot.name) else {
        continue
      }
      weights.blocks[layer].changes.scale = scale
      weights.blocks[layer].changes.parts[part, default: []].append(
        LowRankChange(a: a, b: b, start: start))
    }
    return weights
  }
}

extension DecoderWeights.Block {
  /// Queries, keys and values [.., (H + 2K) D] of x [.., d].
  func queriesKeysValues(_ x: Tensor) -> Tensor { linear(x, qkv, qkvBias, .queryKeyValue) }

  /// What attention writes [.., d], from its heads' outputs x [.., H D].
  func attentionOut(_ x: Tensor) -> Tensor { linear(x, out, outBias, .attentionOut) }

  /// The MLP's first product [.., 2 I] or [.., I] of x [.., d].
  func mlpFirst(_ x: Tensor) -> Tensor { linear(x, mlpIn, mlpInBias, .mlpIn) }

  /// What the MLP writes [.., d], from its hidden layer x [.., I].
  func mlpSecond(_ x: Tensor) -> Tensor { linear(x, mlpOut, mlpOutBias, .mlpOut) }

  private func linear(
    _ x: Tensor, _ weight: Tensor, _ bias: Tensor?, _ part: WeightPlace.Part
  ) -> Tensor {
    guard let found = changes.parts[part] else {
      return Tensor.linear(x, weight: weight, bias: bias)
    }
    return Tensor.linear(x, weight: weight, bias: bias, changes: found, scale: changes.scale)
  }

  /// All tensors of the block, in an order that `with` knows.
  var tensors: [Tensor] {
    var all: [Tensor] = []
    _ = replacing {
      all.append($0)
      return $0
    }
    return all
  }

  /// The same block made of `tensors`, which stand in the order of `self.tensors`.
  func with(_ tensors: [Tensor]) -> Self {
    var next = tensors.makeIterator()
    return replacing { next.next() ?? $0 }
  }

  private func replacing(_ f: (Tensor) -> Tensor) -> Self {
    func norm(_ norm: DecoderWeights.Norm?) -> DecoderWeights.Norm? {
      norm.map { DecoderWeights.Norm(weight: f($0.weight), bias: $0.bias.map(f)) }
    }
    var block = self
    block.attentionNorm = norm(attentionNorm)
    (block.qkv, block.qkvBias) = (f(qkv), qkvBias.map(f))
    (block.queryNorm, block.keyNorm) = (queryNorm.map(f), keyNorm.map(f))
    (block.out, block.outBias) = (f(out), outBias.map(f))
    block.afterAttentionNorm = norm(afterAttentionNorm)
    block.mlpNorm = norm(mlpNorm)
    (block.mlpIn, block.mlpInBias) = (f(mlpIn), mlpInBias.map(f))
    (block.mlpOut, block.mlpOutBias) = (f(mlpOut), mlpOutBias.map(f))
    block.afterMLPNorm = norm(afterMLPNorm)
    for part in WeightPlace.Part.allCases {
      guard let found = changes.parts[part] else { continue }
      block.changes.parts[part] = found.map {
        LowRankChange(a: f($0.a), b: f($0.b), start: $0.start)
      }
    }
    return block
  }
}
