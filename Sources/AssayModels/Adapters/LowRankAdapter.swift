import AssayCore
import AssayTensor
import Foundation

/// A low-rank change of some matrices of a model: W becomes W + s B A, where W stays and A, B learn.
///
/// Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", section 4.1. A
/// starts uniform in ±1/√in, as in PEFT, and B at zero, so that a new adapter changes nothing.
///
/// ```swift
/// let adapter = try LowRankAdapter(for: model, settings: .init(rank: 8), seed: 1)
/// try Trainer(configuration).run(model.adapted(by: adapter), source: batches)
/// try adapter.save(to: folder)                  // opens in PEFT
/// let merged = model.adapted(by: adapter).copy()  // an ordinary model
/// ```
public final class LowRankAdapter: @unchecked Sendable {
  /// What is adapted, and how much.
  public struct Settings: Codable, Hashable, Sendable {
    /// Rank of each change, at least 1.
    public var rank: Int
    /// The change is multiplied by `alpha / rank`, or by `alpha / √rank` if ``isRankStabilised``.
    public var alpha: Double
    /// Last parts of the names of the modules that change, such as `q_proj`; empty: every
    /// projection of every block.
    public var targets: [String]
    /// Whether the scale falls with the root of the rank only (Kalajdzievski 2023).
    public var isRankStabilised = false

    /// Settings; alpha is twice the rank unless given.
    public init(rank: Int = 8, alpha: Double? = nil, targets: [String] = []) {
      self.rank = rank
      self.alpha = alpha ?? 2 * Double(rank)
      self.targets = targets
    }

    /// What a change is multiplied by.
    public var scale: Double {
      alpha / (isRankStabilised ? Double(rank).squareRoot() : Double(rank))
    }
  }

  /// The change of one matrix.
  public struct Factor: Sendable {
    /// The module's name in the checkpoint: the parameter's without `.weight`.
    public let module: String
    /// A, [r, in].
    public let a: Tensor
    /// B, [out, r].
    public let b: Tensor
    /// Whether the parameter is stored [in, out].
    let isTransposed: Bool
  }

  /// What is adapted, and how much.
  public let settings: Settings
  /// The changes, in the order of the model's parameters.
  public let factors: [Factor]
  private let byName: [String: Int]

  /// A new adapter that changes nothing yet, the same for the same `seed`.
  ///
  /// Throws `.badInput` for a rank below 1, and for a target that no module of the model has.
  public convenience init(
    for model: DecoderModel, settings: Settings = Settings(), seed: UInt64
  ) throws {
    guard settings.rank >= 1, settings.alpha.isFinite else {
      throw AssayError(.badInput, "an adapter of rank \(settings.rank) cannot be made")
    }
    let generator = Generator(seed: seed)
    let chosen = try Self.slots(of: model, targets: settings.targets)
    let factors = chosen.map { slot in
      let (rows, columns) = Self.sizes(slot)
      let bound = 1 / Double(columns).squareRoot()
      let a = (Tensor.rand([settings.rank, columns], generator: generator) * 2 - 1) * bound
      return Factor(
        module: Self.module(slot), a: a, b: .zeros([rows, settings.rank]),
        isTransposed: slot.isTransposed)
    }
    self.init(settings, factors)
  }

  init(_ settings: Settings, _ factors: [Factor]) {
    self.settings = settings
    self.factors = factors
    byName = Dictionary(
      uniqueKeysWithValues: factors.enumerated().map { ("\($1.module).weight", $0) })
  }

  /// What the change is multiplied by.
  public var scale: Double { settings.scale }

  /// A and B of every change, under PEFT's names.
  public var parameters: [(name: String, tensor: Tensor)] {
    factors.flatMap {
      [
        ("base_model.model.\($0.module).lora_A.weight", $0.a),
        ("base_model.model.\($0.module).lora_B.weight", $0.b),
      ]
    }
  }

  /// `weight` with the change of the parameter called `name`, if it has one.
  func applied(to weight: Tensor, _ name: String) -> Tensor {
    guard let index = byName[name] else { return weight }
    let factor = factors[index]
    let change = factor.b.matmul(factor.a) * scale  // [out, in]
    let sum =
      weight.to(dtype: change.dtype) + (factor.isTransposed ? change.transpose(0, 1) : change)
    return sum
  }

  /// The weights of a base with these changes on its products, which is how they are trained: no changed
  /// matrix is built.
  func applied(to weights: DecoderWeights, _ slots: [WeightSlot]) -> DecoderWeights {
    weights.changed(slots, scale: scale) { name in
      byName[name].map { (factors[$0].a.unsqueeze(0), factors[$0].b.unsqueeze(0)) }
    }
  }

  /// Slots of the block projections that `targets` name.
  static func slots(of model: DecoderModel, targets: [String]) throws -> [WeightSlot] {
    let projections = model.slots.filter {
      guard case .block = $0.place else { return false }
      return $0.shape.count == 2
    }
    let known = Set(projections.map { Self.lastPart(Self.module($0)) })
    if let unknown = targets.first(where: { !known.contains($0) }) {
      throw AssayError(
        .badInput, "the model has no module '\(unknown)' to adapt",
        hint: "its modules are: \(known.sorted().joined(separator: ", "))")
    }
    return targets.isEmpty
      ? projections : projections.filter { targets.contains(Self.lastPart(Self.module($0))) }
  }

  static func module(_ slot: WeightSlot) -> String {
    slot.name.hasSuffix(".weight") ? String(slot.name.dropLast(".weight".count)) : slot.name
  }

  static func lastPart(_ module: String) -> String {
    String(module.split(separator: ".").last ?? "")
  }

  /// Rows (out) and columns (in) of a slot's matrix.
  static func sizes(_ slot: WeightSlot) -> (rows: Int, columns: Int) {
    slot.isTransposed ? (slot.shape[1], slot.shape[0]) : (slot.shape[0], slot.shape[1])
  }
}
