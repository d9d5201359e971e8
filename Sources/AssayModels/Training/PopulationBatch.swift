import AssayCore
import AssayTensor

/// The batches of several members as one: equal numbers of rows, padded on the right.
///
/// With causal attention what stands to the right of a token cannot change what the model makes of
/// it, and padded positions are no predictions, so padding has no part in any loss.
struct PopulationBatch {
  /// Inputs [K · B, T] (int64), the rows of the first member first.
  let inputs: Tensor
  /// The positions that are predicted from, as indices into K · B · T, [M]; nil where it is all.
  let positions: Tensor?
  /// What follows each of them, [M] (int64).
  let targets: Tensor
  /// The weight of each, [M] (float32); a member's add up to its factor.
  let weights: Tensor
  /// The number of each one's member, [M] (int64).
  let owners: Tensor
  /// Number of members.
  let members: Int

  /// Joins one batch of each member; the mean loss of member k is multiplied by `factors[k]`.
  ///
  /// Throws `.badInput` for a batch of which no prediction counts.
  init(_ batches: [TokenBatch], factors: [Double], device: Device) throws {
    let rows = batches.map { $0.tokens.dim(0) }.max() ?? 0
    let width = batches.map { $0.tokens.dim(1) - 1 }.max() ?? 0
    var inputs = [Int](repeating: 0, count: batches.count * rows * width)
    var (positions, targets, owners) = ([Int](), [Int](), [Int]())
    var weights: [Float] = []
    for (member, batch) in batches.enumerated() {
      let (height, length) = (batch.tokens.dim(0), batch.tokens.dim(1) - 1)
      let tokens = batch.tokens.ints()
      let weighting = batch.weighting.floats()
      let sum = weighting.reduce(0) { $0 + Double($1) }
      guard sum > 0 else {
        throw AssayError(
          .badInput, "no prediction counts in a member's batch",
          hint: "each batch needs a token to learn")
      }
      let factor = Float(factors[member] / sum)
      for row in 0..<height {
        let (from, to) = (row * (length + 1), (member * rows + row) * width)
        for at in 0..<length {
          inputs[to + at] = tokens[from + at]
          let weight = weighting[row * length + at]
          guard weight != 0 else { continue }
          positions.append(to + at)
          targets.append(tokens[from + at + 1])
          weights.append(weight * factor)
          owners.append(member)
        }
      }
    }
    func placed(_ tensor: Tensor) -> Tensor { tensor.to(device: device) }
    self.inputs = placed(Tensor(inputs, shape: [batches.count * rows, width]))
    self.positions = positions.count == inputs.count ? nil : placed(Tensor(positions))
    self.targets = placed(Tensor(targets))
    self.weights = placed(Tensor(weights))
    self.owners = placed(Tensor(owners))
    members = batches.count
  }

  /// The rows [M, d] of a residual [K · B, T, d] that something is predicted from.
  func predicted(_ residual: Tensor) -> Tensor {
    let flat = residual.flatten(0, 1)
    return positions.map { flat.indexSelect(0, index: $0) } ?? flat
  }

  /// The sum of `each` [M] for each member, times its weights.
  func sums(_ each: Tensor) -> [Double] {
    Tensor.zeros([members], device: each.device)
      .indexAdd(0, index: owners, source: each * weights).doubles()
  }
}
