import AssayCore
import AssayGame
import AssayModels
import AssayTensor

/// Rewrites the weights so that the model computes the same: nothing that goes by a unit's number, a
/// head's number or the size of a row finds again what it knew.
///
/// In every block, MLP units are put into another order, and heads are, within and among the groups that
/// share keys and values; where the MLP is gated, each unit's up row is scaled by a power of two and
/// the column that it writes by the inverse; in each head, the dimensions of values are put into
/// another order with random signs, and undone in the output projection, as are those of queries and
/// keys where positions are not rotary and neither is normed. All of this is exact at any precision; logits
/// differ by the order of sums alone.
///
/// With `rotate` values (and queries and keys, as above) are turned by a random rotation instead of
/// reordered, which is exact up to rounding to the precision that weights are stored in.
///
/// Source: the symmetries of a transformer are those listed in Ainsworth et al. 2022, "Git Re-Basin",
/// section 2 (permutations), and Elhage et al. 2021, "A Mathematical Framework for Transformer
/// Circuits" (only the products of values and outputs, queries and keys, matter).
public enum Symmetry: Hiding {
  /// What can be chosen.
  public struct Options: Codable, Sendable, DefaultInitialisable {
    /// Whether heads are turned by random rotations rather than by signed reorderings.
    public var rotate = false
    /// Units are scaled by up to two to this power, either way; 0 leaves their size.
    public var scalePower = 1
    /// The defaults.
    public init() {}
  }

  /// The hiding's name.
  public static let name = "symmetry"
  /// What it does.
  public static let summary =
    "reorders, rescales and turns units and heads without changing what the model computes"

  /// Transforms a copy.
  public static func apply(
    to organism: ModelBundle, base: ModelBundle, truth: GroundTruth, options: Options,
    context: AttackContext
  ) async throws -> (organism: ModelBundle, measurements: [String: Double]) {
    (try transformed(organism, options: options, context: context), [:])
  }

  /// A copy of `bundle` that computes the same.
  static func transformed(
    _ bundle: ModelBundle, options: Options, context: AttackContext
  ) throws -> ModelBundle {
    guard (0...4).contains(options.scalePower) else {
      throw AssayError(
        .badInput, "the option 'scalePower' must lie in 0...4, got \(options.scalePower)")
    }
    let stored = bundle.model.storedPrecision
    let copy = bundle.clone()
    var random = context.generator.fork("symmetry")
    withoutGrad {
      for layer in 0..<copy.model.configuration.layers {
        permuteUnits(copy.model, layer, options, &random)
        permuteHeads(copy.model, layer, options, &random)
      }
    }
    return options.rotate ? copy.rounded(to: stored) : copy
  }

  // MARK: The MLP

  private static func permuteUnits(
    _ model: any LanguageModel, _ layer: Int, _ options: Options, _ random: inout SplitMix64
  ) {
    let c = model.configuration
    let width = c.intermediateSize
    guard let first = model.weight(at: .block(layer, .mlpIn)),  // [2I, d] or [I, d]
      let last = model.weight(at: .block(layer, .mlpOut))  // [d, I]
    else { return }
    let order = random.shuffled(0..<width)
    let rows = c.form.isGated ? order + order.map { $0 + width } : order
    let bias = model.weight(at: .block(layer, .mlpInBias))
    var factors = [Float](repeating: 1, count: width)
    if c.form.isGated, options.scalePower > 0 {
      factors = factors.map { _ in
        Float(
          sign: .plus, exponent: random.below(2 * options.scalePower + 1) - options.scalePower,
          significand: 1)
      }
    }
    // Only the up half is linear in what it is multiplied by; the gate is not.
    let ones = [Float](repeating: 1, count: c.form.isGated ? width : 0)
    let scale = Tensor(ones + factors, shape: [rows.count])
    first.copy_(first.indexSelect(0, index: rows) * scale.unsqueeze(1))
    if let bias { bias.copy_(bias.indexSelect(0, index: rows) * scale) }
    let inverse = Tensor(factors.map { 1 / $0 }, shape: [1, width])
    last.copy_(last.indexSelect(1, index: order) * inverse)
  }

  // MARK: Heads

  private static func permuteHeads(
    _ model: any LanguageModel, _ layer: Int, _ options: Options, _ random: inout SplitMix64
  ) {
    let (H, K, D) = sizes(model)
    let group = H / K
    guard let joined = model.weight(at: .block(layer, .queryKeyValue)),  // [(H + 2K) D, d]
      let out = model.weight(at: .block(layer, .attentionOut))  // [d, H D]
    else { return }
    let rows = HeadRows(model.configuration)
    let bias = model.weight(at: .block(layer, .queryKeyValueBias))
    // Groups among each other, then the heads of each.
    let groups = random.shuffled(0..<K)
    let heads = groups.flatMap { old in
      random.shuffled(0..<group).map { old * group + $0 }
    }
    var source = [Int](repeating: 0, count: joined.dim(0))
    for new in 0..<H { rows.move(.query, from: heads[new], to: new, in: &source) }
    for new in 0..<K {
      rows.move(.key, from: groups[new], to: new, in: &source)
      rows.move(.value, from: groups[new], to: new, in: &source)
    }
    joined.copy_(joined.indexSelect(0, index: source))
    if let bias { bias.copy_(bias.indexSelect(0, index: source)) }
    let columns = heads.flatMap { head in (0..<D).map { head * D + $0 } }
    out.copy_(out.indexSelect(1, index: columns))
    if model.configuration.form.queryKeyNorm == .whole {
      if let norm = model.weight(at: .block(layer, .queryNorm)) {
        norm.copy_(norm.indexSelect(0, index: columns))
      }
      if let norm = model.weight(at: .block(layer, .keyNorm)) {
        let keys = groups.flatMap { head in (0..<D).map { head * D + $0 } }
        norm.copy_(norm.indexSelect(0, index: keys))
      }
    }
    let isFree =
      model.configuration.form.rotary == nil && model.configuration.form.queryKeyNorm == .none
    for head in 0..<K {
      let turn = turn(D, options, &random)  // [D, D], orthogonal
      Self.turn(joined, bias, rows.range(.value, head), by: turn)
      for reader in head * group..<(head + 1) * group {
        let part = out.narrow(1, start: reader * D, length: D)  // [d, D]
        part.copy_(part.to(dtype: .float32).matmul(turn.T))
      }
      guard isFree else { continue }
      let other = Self.turn(D, options, &random)
      Self.turn(joined, bias, rows.range(.key, head), by: other)
      for reader in head * group..<(head + 1) * group {
        Self.turn(joined, bias, rows.range(.query, reader), by: other)
      }
    }
  }

  private static func sizes(_ model: any LanguageModel) -> (Int, Int, Int) {
    let c = model.configuration
    return (c.heads, c.keyValueHeads, c.headDimension)
  }

  /// Multiplies the rows of one head, and their bias, by `turn` [D, D] from the left.
  private static func turn(
    _ joined: Tensor, _ bias: Tensor?, _ range: Range<Int>, by turn: Tensor
  ) {
    let rows = joined.narrow(0, start: range.lowerBound, length: range.count)  // [D, d]
    rows.copy_(turn.matmul(rows.to(dtype: .float32)))
    if let bias {
      let part = bias.narrow(0, start: range.lowerBound, length: range.count)  // [D]
      part.copy_(turn.matmul(part.to(dtype: .float32)))
    }
  }

  /// A random orthogonal matrix [D, D]: a reordering with signs, or any rotation.
  private static func turn(_ D: Int, _ options: Options, _ random: inout SplitMix64) -> Tensor {
    if options.rotate {
      // Q of a Gaussian matrix is orthogonal in a random direction (Stewart 1980).
      return Tensor.randn([D, D], generator: Generator(seed: random.next())).qr().q
    }
    var entries = [Float](repeating: 0, count: D * D)
    for (row, column) in random.shuffled(0..<D).enumerated() {
      entries[row * D + column] = random.below(2) == 0 ? 1 : -1
    }
    return Tensor(entries, shape: [D, D])
  }
}
