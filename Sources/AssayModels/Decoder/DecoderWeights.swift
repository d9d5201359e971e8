import AssayTensor

/// The weights as a forward pass uses them: projections that read the same input are one matrix.
struct DecoderWeights {
  /// A norm's weight and bias, [d] each.
  struct Norm {
    var weight: Tensor
    var bias: Tensor?
  }

  struct Block {
    var attentionNorm: Norm?
    var qkv: Tensor  // [(H + 2K) D, d]
    var qkvBias: Tensor?
    var queryNorm: Tensor?  // [D] or [H D]
    var keyNorm: Tensor?  // [D] or [K D]
    var out: Tensor  // [d, H D]
    var outBias: Tensor?
    var afterAttentionNorm: Norm?
    var mlpNorm: Norm?
    var mlpIn: Tensor  // [2 I, d] or [I, d]
    var mlpInBias: Tensor?
    var mlpOut: Tensor  // [d, I]
    var mlpOutBias: Tensor?
    var afterMLPNorm: Norm?
    /// Low-rank changes of the four products.
    var changes = LowRankChanges()
  }

  var embed: Tensor  // [V, d]
  var positions: Tensor?  // [P, d]
  var blocks: [Block]
  var finalNorm: Norm
  var head: Tensor  // [V, d]
  var headBias: Tensor?
  /// What matrix products are computed in.
  var dtype: DType
  /// Whether backward computes each block again instead of keeping what it computed.
  var recomputesBlocks = false
  /// Every joined tensor by its place.
  let places: [WeightPlace: Tensor]

  /// Gathers the named parameters; joined matrices are new tensors through which gradients flow.
  static func joined(
    _ c: ModelConfiguration, _ slots: [WeightSlot], _ parameter: (String) -> Tensor, dtype: DType
  ) -> DecoderWeights {
    var parts: [WeightPlace: [Tensor]] = [:]
    for slot in slots {
      var tensor = parameter(slot.name)
      if slot.place.isCast, tensor.dtype != dtype { tensor = tensor.to(dtype: dtype) }
      // Rows in one piece each: products with a single row of input are fastest so.
      if slot.isTransposed { tensor = tensor.transpose(0, 1).contiguous() }
      parts[slot.place, default: []].append(tensor)
    }
    let places = parts.mapValues { $0.count == 1 ? $0[0] : Tensor.cat($0, dim: 0) }
    return DecoderWeights(c, places, dtype: dtype)
  }

  /// Makes room for every place and has `fill` write each slot's part of it, in the slot's shape.
  ///
  /// Nothing is held twice: the parts are written where they stay.
  static func filled(
    _ c: ModelConfiguration, _ slots: [WeightSlot], dtype: DType, device: Device,
    _ fill: (WeightSlot, Tensor) throws -> Void
  ) rethrows -> DecoderWeights {
    var rows: [WeightPlace: Int] = [:]
    for slot in slots { rows[slot.place, default: 0] += slot.rows }
    var places: [WeightPlace: Tensor] = [:]
    for slot in slots where places[slot.place] == nil {
      let rest = slot.isTransposed ? slot.shape.dropLast() : slot.shape.dropFirst()
      places[slot.place] = .empty([rows[slot.place] ?? 0] + rest, dtype: dtype, device: device)
    }
    let weights = DecoderWeights(c, places, dtype: dtype)
    let parts = weights.views(slots)
    for slot in slots {
      guard let part = parts[slot.name] else { fatalError("model: nothing at \(slot.place)") }
      try fill(slot, part)
    }
    return weights
  }

  private init(_ c: ModelConfiguration, _ places: [WeightPlace: Tensor], dtype: DType) {
    func need(_ place: WeightPlace) -> Tensor {
      guard let tensor = places[place] else { fatalError("model: nothing at \(place)") }
      return tensor
    }
    func norm(_ weight: WeightPlace, _ bias: WeightPlace? = nil) -> Norm? {
      places[weight].map { Norm(weight: $0, bias: bias.flatMap { places[$0] }) }
    }
    blocks = (0..<c.layers).map { layer in
      func at(_ part: WeightPlace.Part) -> WeightPlace { .block(layer, part) }
      return Block(
        attentionNorm: norm(at(.attentionNorm), at(.attentionNormBias)),
        qkv: need(at(.queryKeyValue)), qkvBias: places[at(.queryKeyValueBias)],
        queryNorm: places[at(.queryNorm)], keyNorm: places[at(.keyNorm)],
        out: need(at(.attentionOut)), outBias: places[at(.attentionOutBias)],
        afterAttentionNorm: norm(at(.afterAttentionNorm)),
        mlpNorm: norm(at(.mlpNorm), at(.mlpNormBias)),
        mlpIn: need(at(.mlpIn)), mlpInBias: places[at(.mlpInBias)],
        mlpOut: need(at(.mlpOut)), mlpOutBias: places[at(.mlpOutBias)],
        afterMLPNorm: norm(at(.afterMLPNorm)))
    }
    embed = need(.embed)
    positions = places[.positions]
    finalNorm = Norm(weight: need(.finalNorm), bias: places[.finalNormBias])
    head = places[.head] ?? (embed.dtype == dtype ? embed : embed.to(dtype: dtype))
    headBias = places[.headBias]
    self.dtype = dtype
    self.places = places
  }

  /// The named parameters as views of these weights, so that changing one changes the other.
  func views(_ slots: [WeightSlot]) -> [String: Tensor] {
    var named: [String: Tensor] = [:]
    var taken: [WeightPlace: Int] = [:]
    for slot in slots {
      guard let whole = places[slot.place] else { continue }
      let start = taken[slot.place, default: 0]
      taken[slot.place] = start + slot.rows
      let rows =
        whole.dim(0) == slot.rows ? whole : whole.narrow(0, start: start, length: slot.rows)
      named[slot.name] = slot.isTransposed ? rows.transpose(0, 1) : rows
    }
    return named
  }
}
