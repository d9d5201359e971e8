import AssayCore
import AssayTensor
import Foundation

/// A decoder-only language model of any family in `Families`, GPT-2 to Gemma 3.
///
/// One computation for all of them; what differs is in ``ModelConfiguration/form``, and the order of
/// operations is that of each family's reference in transformers, so that fp32 logits agree within
/// 1e-4.
///
/// Projections that read the same input are stored as one matrix each (q, k, v; gate, up); the named
/// parameters are views of it.
public final class DecoderModel: LanguageModel, @unchecked Sendable {
  /// The model's sizes.
  public let configuration: ModelConfiguration
  /// All weights by Hugging Face name, shared ones once, in the order of the checkpoint.
  public let parameters: [(name: String, tensor: Tensor)]
  /// What the weights are stored in.
  public let dtype: DType

  /// Rotations of layers that see everything, and of those that see a window.
  let rotary: RotaryTable?
  let slidingRotary: RotaryTable?
  let slots: [WeightSlot]
  private let adapter: LowRankAdapter?
  private let population: LowRankPopulation?
  private let stored: DecoderWeights
  private let byName: [String: Tensor]
  /// The weights under the adapter in the dtype that it was last trained in.
  private var castBase: DecoderWeights?
  /// Set while `withTrainingWeights` runs.
  private var training: DecoderWeights?

  /// Takes the weights of a checkpoint, which must be exactly those that `configuration` implies.
  ///
  /// They are read straight to their places, so that the model costs its own size, and converted to
  /// `dtype`. Throws `.corrupt` naming the tensors that are missing, unexpected or of the wrong shape.
  /// What a family knows to be redundant (a tied `lm_head.weight`, stored masks and frequencies) is
  /// ignored.
  convenience init(
    _ configuration: ModelConfiguration, checkpoint: Checkpoint, dtype: DType
  ) throws {
    let stored = try Self.storedNames(configuration, checkpoint.shapes)
    let slots = Families.named(configuration.family).slots(configuration)
    try self.init(configuration, slots, dtype: dtype) { slot, destination in
      try checkpoint.read(stored[slot.name] ?? slot.name, into: destination)
    }
  }

  /// The names under which a checkpoint with tensors of these `shapes` stores the weights, by the names
  /// that they have here; throws where the tensors are not those of `configuration`.
  static func storedNames(
    _ configuration: ModelConfiguration, _ shapes: [String: [Int]]
  ) throws -> [String: String] {
    let family = Families.named(configuration.family)
    var stored: [String: String] = [:]
    for name in shapes.keys {
      if let current = family.currentName(name, configuration) { stored[current] = name }
    }
    try check(stored.compactMapValues { shapes[$0] }, against: family.slots(configuration))
    return stored
  }

  /// A new model with random weights, the same for the same `seed`.
  ///
  /// Matrices are normal with deviation 0.02; projections into the residual stream are divided by
  /// sqrt(2 · layers) (Radford et al. 2019, section 2.3), norms are one, biases zero.
  public convenience init(
    _ configuration: ModelConfiguration, seed: UInt64, dtype: DType = .float32
  ) {
    let generator = Generator(seed: seed)
    let residual = 0.02 / Double(2 * configuration.layers).squareRoot()
    let slots = Families.named(configuration.family).slots(configuration)
    let unit = configuration.form.norm == .rmsAroundOne ? 0.0 : 1.0
    self.init(configuration, slots, dtype: dtype) { slot, destination in
      if slot.name.hasSuffix(".bias") || slot.shape.count == 1 {
        destination.fill_(slot.name.hasSuffix(".bias") ? 0 : unit)
        return
      }
      let intoResidual =
        if case .block(_, let part) = slot.place { part == .attentionOut || part == .mlpOut } else {
          false
        }
      let values = Tensor.randn(slot.shape, generator: generator)
      destination.copy_(values * (intoResidual ? residual : 0.02))
    }
  }

  /// A model whose weights `fill` writes, each into a tensor of the slot's shape.
  private init(
    _ configuration: ModelConfiguration, _ slots: [WeightSlot], dtype: DType,
    device: Device = .cpu, fill: (WeightSlot, Tensor) throws -> Void
  ) rethrows {
    self.configuration = configuration
    self.slots = slots
    self.dtype = dtype
    (adapter, population) = (nil, nil)
    func table(_ rotary: Rotary?) -> RotaryTable? {
      rotary.map { RotaryTable($0, dimension: $0.dimension ?? configuration.headDimension) }
    }
    rotary = table(configuration.form.rotary)
    slidingRotary = table(configuration.form.slidingRotary) ?? rotary
    let weights = try withoutGrad {
      try DecoderWeights.filled(configuration, slots, dtype: dtype, device: device, fill)
    }
    stored = weights
    byName = withoutGrad { weights.views(slots) }
    let byName = self.byName
    parameters = slots.map { ($0.name, Self.lookUp(byName, $0.name)) }
  }

  /// The weights of `model`, shared with it, seen through `adapter`.
  private init(sharing model: DecoderModel, _ adapter: LowRankAdapter) {
    configuration = model.configuration
    slots = model.slots
    dtype = model.dtype
    rotary = model.rotary
    slidingRotary = model.slidingRotary
    (stored, byName) = (model.stored, model.byName)
    (self.adapter, population) = (adapter, nil)
    parameters = adapter.parameters
  }

  /// The weights of `model`, shared with it or replaced by `weights`, under a population's changes.
  private init(
    sharing model: DecoderModel, _ weights: DecoderWeights, _ population: LowRankPopulation?
  ) {
    configuration = model.configuration
    slots = model.slots
    dtype = weights.dtype
    rotary = model.rotary
    slidingRotary = model.slidingRotary
    byName = model.byName
    stored = population?.applied(to: weights, slots) ?? weights
    (adapter, self.population) = (nil, population)
    parameters = population?.parameters ?? model.parameters
  }

  /// This model with `adapter` on it: its parameters are the adapter's, the weights stay shared.
  ///
  /// Made for training: the changes are products of their own beside those of the weights, which must
  /// stay as they are meanwhile. `copy` of it is an ordinary model with the changes merged.
  public func adapted(by adapter: LowRankAdapter) -> DecoderModel {
    DecoderModel(sharing: self, adapter)
  }

  /// This model with another adapter on each run of rows; the weights stay shared.
  ///
  /// Passes take [K · B, T] tokens for K members, the rows of the first member first, and read every
  /// shared weight once for all of them. The parameters are the stacked factors. `copy` of it is such
  /// a model again; `member(_:)` of the population gives single adapters, which can be merged.
  public func adapted(by population: LowRankPopulation) -> DecoderModel {
    precondition(
      adapter == nil && self.population == nil,
      "adapted: the model has an adapter already; copy() merges it")
    return DecoderModel(sharing: self, stored, population)
  }

  /// This model with products computed in `dtype`, its weights cast once: for a base that is frozen.
  func frozen(computingIn dtype: DType) -> DecoderModel {
    guard dtype != stored.dtype || adapter != nil else { return self }
    let weights = withoutGrad {
      DecoderWeights.joined(configuration, slots, { effective($0).detach() }, dtype: dtype)
    }
    return DecoderModel(sharing: self, weights, population)
  }

  /// The weight called `name`, nil if there is none; `lm_head.weight` is found when tied, too.
  public func parameter(_ name: String) -> Tensor? {
    if name == "lm_head.weight", configuration.tiesEmbeddings { return stored.embed }
    return byName[name]
  }

  /// The weight at `place`, whatever the family calls it; nil if the family has none there.
  ///
  /// Joined projections are whole; a change in place changes the model.
  public func weight(at place: WeightPlace) -> Tensor? {
    place == .head ? stored.head : stored.places[place]
  }

  /// An independent model with the same weights, an adapter merged, converted to `dtype` if given.
  public func copy(dtype: DType? = nil) -> any LanguageModel {
    let model = DecoderModel(
      configuration, slots, dtype: dtype ?? self.dtype, device: stored.embed.device
    ) { slot, destination in
      destination.copy_(effective(slot.name).detach())
    }
    return population.map { model.adapted(by: $0.copy()) } ?? model
  }

  /// Runs `body` with weights cast once, differentiably, to `dtype`.
  public func withTrainingWeights<Result>(
    dtype: DType, recomputing: Bool, _ body: () throws -> Result
  ) rethrows -> Result {
    let before = training
    var weights: DecoderWeights
    if let adapter {
      weights = adapter.applied(to: base(computingIn: dtype), slots)
    } else if population != nil, dtype == stored.dtype {
      weights = stored
    } else {
      weights = DecoderWeights.joined(configuration, slots, effective, dtype: dtype)
      if let population { weights = population.applied(to: weights, slots) }
    }
    weights.recomputesBlocks = recomputing
    training = weights
    defer { training = before }
    return try body()
  }

  /// The weights that a pass should use now.
  ///
  /// Where a parameter wants a gradient outside of `withTrainingWeights`, the joined matrices are
  /// built anew from the parameters, so that the gradient finds its way.
  var current: DecoderWeights {
    if let training { return training }
    if population != nil { return stored }
    if let adapter { return adapter.applied(to: stored, slots) }
    if parameters.contains(where: { $0.tensor.requiresGrad }) {
      return DecoderWeights.joined(configuration, slots, effective, dtype: dtype)
    }
    return stored
  }

  /// The weights under the adapter, cast once for all steps.
  private func base(computingIn dtype: DType) -> DecoderWeights {
    if dtype == stored.dtype { return stored }
    if let castBase, castBase.dtype == dtype { return castBase }
    let weights = withoutGrad {
      DecoderWeights.joined(configuration, slots, { Self.lookUp(byName, $0) }, dtype: dtype)
    }
    castBase = weights
    return weights
  }

  /// A weight as passes see it: with the adapter's change, where there is one.
  private func effective(_ name: String) -> Tensor {
    let weight = Self.lookUp(byName, name)
    return adapter?.applied(to: weight, name) ?? weight
  }

  private static func lookUp(_ named: [String: Tensor], _ name: String) -> Tensor {
    guard let tensor = named[name] else { fatalError("model: no parameter \(name)") }
    return tensor
  }

  private static func check(_ found: [String: [Int]], against slots: [WeightSlot]) throws {
    var faults: [String] = []
    for slot in slots {
      if let got = found[slot.name] {
        if got != slot.shape {
          faults.append("\(slot.name) has shape \(got), expected \(slot.shape)")
        }
      } else {
        faults.append("\(slot.name) is missing")
      }
    }
    let expected = Set(slots.map(\.name))
    for name in found.keys.sorted() where !expected.contains(name) {
      faults.append("\(name) is unexpected")
    }
    guard let first = faults.first else { return }
    let more = faults.count > 1 ? " (and \(faults.count - 1) more: \(faults[1]))" : ""
    throw AssayError(
      .corrupt, "the weights do not fit config.json: \(first)\(more)",
      hint: "check that model.safetensors and config.json belong together")
  }
}
