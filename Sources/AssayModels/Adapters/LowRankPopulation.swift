import AssayCore
import AssayTensor

/// K low-rank adapters of one base that are run and trained together, each on rows of its own.
///
/// ```swift
/// let population = try LowRankPopulation(for: base, settings: .init(rank: 8), seeds: [1, 2, 3])
/// let records = try PopulationTrainer(members).run(base, population)
/// try population.member(0).save(to: folder)
/// let logits = base.adapted(by: population).logits(tokens)  // [3 · B, T, V]
/// ```
///
/// The factors lie in one block of memory, a row for each member. A member is the adapter that
/// `LowRankAdapter` of the same seed is.
public final class LowRankPopulation: @unchecked Sendable {
  /// The changes of one matrix.
  public struct Factor: Sendable {
    /// The module's name in the checkpoint: the parameter's without `.weight`.
    public let module: String
    /// A of every member, [K, r, in].
    public let a: Tensor
    /// B of every member, [K, out, r].
    public let b: Tensor
    let isTransposed: Bool
  }

  /// Where the factors of one matrix lie in a member's row.
  private struct Layout: Hashable {
    var module: String
    var rank: Int
    var columns: Int
    var rows: Int
    var isTransposed: Bool
    var offset: Int

    var size: Int { rank * (columns + rows) }
  }

  /// What is adapted, and how much: the same for all members.
  public let settings: LowRankAdapter.Settings
  /// The changes, in the order of the model's parameters.
  public let factors: [Factor]
  /// All numbers, [K, P]; the factors are views of it.
  let values: Tensor
  private let layout: [Layout]
  private let byName: [String: Int]

  /// New adapters that change nothing yet, one for each of `seeds`.
  ///
  /// Throws as `LowRankAdapter` does, and `.badInput` where there is no seed.
  public convenience init(
    for model: DecoderModel, settings: LowRankAdapter.Settings = .init(), seeds: [UInt64]
  ) throws {
    try self.init(seeds.map { try LowRankAdapter(for: model, settings: settings, seed: $0) })
  }

  /// Copies of `adapters`, which must have the same settings and change the same matrices.
  ///
  /// Throws `.badInput` where they do not, or where there is none.
  public convenience init(_ adapters: [LowRankAdapter]) throws {
    guard let first = adapters.first else {
      throw AssayError(.badInput, "a population needs a member", hint: "give at least one adapter")
    }
    var layout: [Layout] = []
    for factor in first.factors {
      layout.append(
        Layout(
          module: factor.module, rank: factor.a.dim(0), columns: factor.a.dim(1),
          rows: factor.b.dim(0), isTransposed: factor.isTransposed,
          offset: (layout.last?.offset ?? 0) + (layout.last?.size ?? 0)))
    }
    for (index, adapter) in adapters.enumerated() {
      let same = zip(adapter.factors, layout).allSatisfy {
        $0.module == $1.module && $0.a.shape == [$1.rank, $1.columns]
          && $0.b.shape == [$1.rows, $1.rank]
      }
      guard same, adapter.factors.count == layout.count, adapter.settings == first.settings else {
        throw AssayError(
          .badInput, "adapter \(index) differs from the first in its settings or modules",
          hint: "a population has one rank, one alpha and one set of modules")
      }
    }
    let rows = withoutGrad {
      adapters.map { adapter in
        Tensor.cat(
          adapter.factors.flatMap { [$0.a.detach().flatten(), $0.b.detach().flatten()] }, dim: 0)
      }
    }
    self.init(first.settings, layout, withoutGrad { Tensor.stack(rows) })
  }

  private init(
    _ settings: LowRankAdapter.Settings, _ layout: [Layout], _ values: Tensor
  ) {
    self.settings = settings
    self.layout = layout
    self.values = values
    factors = zip(layout, Self.pairs(of: values, layout)).map {
      Factor(module: $0.module, a: $1.a, b: $1.b, isTransposed: $0.isTransposed)
    }
    byName = Dictionary(
      uniqueKeysWithValues: layout.enumerated().map { ("\($1.module).weight", $0) })
  }

  /// Number of members, K.
  public var count: Int { values.dim(0) }

  /// What the changes are multiplied by.
  public var scale: Double { settings.scale }

  /// A and B of every change, stacked, under PEFT's names.
  public var parameters: [(name: String, tensor: Tensor)] {
    factors.flatMap {
      [
        ("base_model.model.\($0.module).lora_A.weight", $0.a),
        ("base_model.model.\($0.module).lora_B.weight", $0.b),
      ]
    }
  }

  /// Member `index` as an adapter of its own, with a copy of its factors.
  public func member(_ index: Int) -> LowRankAdapter {
    LowRankAdapter(
      settings,
      withoutGrad {
        factors.map {
          LowRankAdapter.Factor(
            module: $0.module, a: $0.a.detach()[index].clone(), b: $0.b.detach()[index].clone(),
            isTransposed: $0.isTransposed)
        }
      })
  }

  /// The members of `range`, sharing their memory with these.
  public func members(_ range: Range<Int>) -> LowRankPopulation {
    LowRankPopulation(settings, layout, values[range])
  }

  /// Copies of the members at `indices`, in that order.
  public func copy(of indices: [Int]) -> LowRankPopulation {
    LowRankPopulation(settings, layout, values.indexSelect(0, index: indices))
  }

  /// Copies of all members.
  public func copy() -> LowRankPopulation { LowRankPopulation(settings, layout, values.clone()) }

  /// Whether passes record gradients for the factors.
  var requiresGrad: Bool {
    get { factors.first?.a.requiresGrad ?? false }
    set { for parameter in parameters { parameter.tensor.requiresGrad = newValue } }
  }

  /// Views of `rows` [K, P] with the shapes of `parameters`, in their order.
  func views(of rows: Tensor) -> [Tensor] {
    Self.pairs(of: rows, layout).flatMap { [$0.a, $0.b] }
  }

  /// The weights of a base with these changes on its products.
  func applied(to weights: DecoderWeights, _ slots: [WeightSlot]) -> DecoderWeights {
    weights.changed(slots, scale: scale) { name in
      byName[name].map { (factors[$0].a, factors[$0].b) }
    }
  }

  /// Views [K, r, in] and [K, out, r] of `rows` [K, P].
  private static func pairs(of rows: Tensor, _ layout: [Layout]) -> [(a: Tensor, b: Tensor)] {
    let count = rows.dim(0)
    return layout.map { place in
      let (r, n, m) = (place.rank, place.columns, place.rows)
      let a = rows.narrow(1, start: place.offset, length: r * n).reshape([count, r, n])
      let b = rows.narrow(1, start: place.offset + r * n, length: m * r).reshape([count, m, r])
      return (a.detach(), b.detach())
    }
  }
}
