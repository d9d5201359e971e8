import AssayModels
import AssayTensor

/// One block's weights in canonical form; see ``CanonicalModel``.
struct CanonicalLayer {
  /// One attention head.
  struct Head {
    /// Its number in the suspect.
    var index: Int
    /// The number of the key/value head that it reads.
    var source: Int
    /// What it asks with, norm folded in, [D, d].
    var query: Tensor
    /// What it compares with, [D, d].
    var key: Tensor
    /// What it takes from a token it looks at, [D, d], orthonormal rows.
    var value: Tensor
    /// What it writes of that, [d, D].
    var out: Tensor
  }

  /// The MLP's hidden units.
  struct Units {
    /// What opens a unit, [I, d]: the gate's rows, or those of the only first projection.
    var key: Tensor
    /// The bias of that, [I].
    var keyBias: Tensor?
    /// Where the MLP is gated, what its opening is multiplied by, [I, d], as long as what is written.
    var up: Tensor?
    /// The bias of that, [I].
    var upBias: Tensor?
    /// What units write, one column each, [d, I].
    var out: Tensor
    /// Before the scales were undone: log2 of length written over length read, [I]; nil where a unit has
    /// no scale to move.
    var balance: Tensor?
  }

  /// The heads in the suspect's order.
  let heads: [Head]
  /// The MLP.
  let units: Units
  /// The output projection of all heads together, [d, H D].
  let attentionOut: Tensor

  /// Whether every weight is a finite number.
  var isFinite: Bool {
    attentionOut.allFinite && units.out.allFinite && units.key.allFinite
      && units.up?.allFinite != false
      && heads.allSatisfy { $0.query.allFinite && $0.key.allFinite && $0.value.allFinite }
  }

  /// Reads block `layer`.
  init(_ reader: WeightPlaceReader, layer: Int) throws {
    let form = reader.model.configuration.form
    let isLayerNorm = form.norm == .layer
    // Nothing reads the mean of a residual stream that LayerNorm reads, so nothing writes to it.
    func written(_ matrix: Tensor, _ norm: Tensor?) -> Tensor {
      let scaled = norm.map { matrix * $0.unsqueeze(1) } ?? matrix  // [d, ..]
      return isLayerNorm ? scaled - scaled.mean(0, keep: true) : scaled
    }
    func read(_ matrix: Tensor, _ norm: Tensor?) -> Tensor {
      let scaled = norm.map { matrix * $0 } ?? matrix  // [.., d]
      return isLayerNorm ? CanonicalModel.centred(scaled) : scaled
    }
    func place(_ part: WeightPlace.Part) -> WeightPlace { .block(layer, part) }
    let attentionNorm = reader.optionalScale(place(.attentionNorm))
    // GPT-J's MLP reads through attention's norm.
    let sharesNorm = form.block == .parallelSharedNorm
    let mlpNorm = sharesNorm ? attentionNorm : reader.optionalScale(place(.mlpNorm))
    let mlpNormBias = reader.optional(place(sharesNorm ? .attentionNormBias : .mlpNormBias))

    let joined = try reader.weight(place(.queryKeyValue))  // [(H + 2K) D, d]
    let projected = try reader.weight(place(.attentionOut))  // [d, H D]
    let first = try reader.weight(place(.mlpIn))  // [2I, d] or [I, d]
    let firstBias = reader.optional(place(.mlpInBias))
    let last = try reader.weight(place(.mlpOut))  // [d, I]
    let afterAttention = reader.optionalScale(place(.afterAttentionNorm))
    let afterMLP = reader.optionalScale(place(.afterMLPNorm))
    let norms = (
      query: reader.optionalScale(place(.queryNorm)), key: reader.optionalScale(place(.keyNorm))
    )
    (heads, units) = withInference {
      let circuits = HeadCircuits(
        reader.model.configuration, joined: read(joined, attentionNorm),
        out: written(projected, afterAttention), queryNorm: norms.query, keyNorm: norms.key)
      let bias = mlpNormBias.map { first.matmul($0) + (firstBias ?? first.select(1, index: 0) * 0) }
      let units = Self.balanced(
        read(first, mlpNorm), bias ?? firstBias, written(last, afterMLP), form)
      return (circuits.heads, units)
    }
    attentionOut = Tensor.cat(heads.map(\.out), dim: 1)
  }

  /// Units whose scales are moved so that what they read is as long as what they write.
  ///
  /// Gradient descent keeps the difference of the two squares as it was (Du et al. 2018, "Algorithmic
  /// Regularization in Learning Deep Homogeneous Models", theorem 2.1), so this is close to how training
  /// leaves them.
  private static func balanced(
    _ first: Tensor, _ bias: Tensor?, _ last: Tensor, _ form: DecoderForm
  ) -> Units {
    let width = last.dim(1)
    let written = last.norm(0)  // [I]
    func part(_ tensor: Tensor, _ index: Int) -> Tensor {
      tensor.narrow(0, start: index * width, length: width)
    }
    if form.isGated {
      let up = part(first, 1)
      let (factor, balance) = Self.factor(written, up.norm(1))
      return Units(
        key: part(first, 0), keyBias: bias.map { part($0, 0) }, up: up * factor.unsqueeze(1),
        upBias: bias.map { part($0, 1) * factor }, out: last / factor, balance: balance)
    }
    guard form.activation == .relu else {
      return Units(key: first, keyBias: bias, up: nil, upBias: nil, out: last, balance: nil)
    }
    let (factor, balance) = Self.factor(written, first.norm(1))
    return Units(
      key: first * factor.unsqueeze(1), keyBias: bias.map { $0 * factor }, up: nil, upBias: nil,
      out: last / factor, balance: balance)
  }

  /// What to multiply the reading side by, and log2 of the two lengths' ratio; units that are dead on
  /// one side stay as they are.
  private static func factor(_ written: Tensor, _ read: Tensor) -> (factor: Tensor, Tensor) {
    let ratio = written.clamp(min: 1e-20) / read.clamp(min: 1e-20)  // [I]
    let isAlive = written.gt(1e-20).logicalAnd(read.gt(1e-20))
    let usable = Tensor.where(isAlive, ratio, ratio.onesLike())
    return (usable.sqrt(), usable.log() * (1 / 0.6931471805599453))
  }
}
