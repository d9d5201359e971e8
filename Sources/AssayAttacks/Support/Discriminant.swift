import AssayTensor

/// A linear functional that is near a target on each of several groups of activations.
///
/// Ridge regression in which every group weighs the same, however many members it has, then a few
/// rounds in which the members farthest from their target on the wrong side form a group of their own.
struct Discriminant {
  /// Rows of activations with what the functional should give for them.
  struct Group {
    /// The activations, float32 `[N, width]`.
    var values: Tensor
    /// What the functional should give.
    var target: Double
  }

  /// Rounds with the hardest members.
  static let rounds = 4
  /// Steps of descent on the hinge loss.
  static let descents = 400
  /// Members that count as the hardest, of each group.
  static let hardest = 64

  /// The functional, `[width]`.
  private(set) var row: Tensor
  /// The least value on the groups with the highest target.
  private(set) var leastAbove = 0.0
  /// The greatest value on all other groups.
  private(set) var greatestBelow = 0.0
  /// The mean on the groups with the highest target.
  private(set) var meanAbove = 1.0

  /// How far the two sides are apart, in distances between their targets; below 0 they overlap.
  var margin: Double { leastAbove - greatestBelow }

  /// Fits to `groups`, of which at least one must not be empty.
  init(_ groups: [Group], ridge: Double = 1e-4) {
    let filled = groups.filter { $0.values.dim(0) > 0 }
    precondition(!filled.isEmpty, "Discriminant: expected activations, got none")
    row = Self.solve(filled, ridge)
    let top = filled.map(\.target).max() ?? 1
    for _ in 0..<Self.rounds {
      let hard = filled.map { group in Self.farthest(group, row, above: group.target == top) }
      row = Self.solve(filled + hard, ridge)
    }
    measure(filled, top)
  }

  /// Separates the groups of the highest target from all others, by squared hinge loss.
  ///
  /// What is wanted is the side and not the value, so that members far on their own side do not pull.
  /// Ridge regression is where the descent starts.
  init(separating groups: [Group]) {
    let filled = groups.filter { $0.values.dim(0) > 0 }
    self.init(filled)
    let top = filled.map(\.target).max() ?? 1
    let values = withoutGrad { Tensor.cat(filled.map(\.values), dim: 0) }  // [N, width]
    let sides = filled.flatMap { group in
      [Float](repeating: group.target == top ? 1 : -1, count: group.values.dim(0))
    }
    let shares = filled.flatMap { group in
      [Float](repeating: 1 / Float(group.values.dim(0)), count: group.values.dim(0))
    }
    let (side, share) = (Tensor(sides), Tensor(shares))
    let found = row.clone()
    found.requiresGrad = true
    let optimiser = AdamW(
      parameters: [found], learningRate: 0, betas: (0.9, 0.99), eps: 1e-8, weightDecay: 0)
    for step in 0..<Self.descents {
      optimiser.learningRate = 0.05 * (1 - Double(step) / Double(Self.descents))
      optimiser.zeroGrad()
      let slack = (1 - side * values.matmul(found.unsqueeze(-1)).squeeze(-1)).relu()  // [N]
      let loss = (slack * slack * share).sum()
      loss.backward()
      optimiser.step()
      if loss.detach().item() < 1e-6 { break }
    }
    row = found.detach()
    measure(filled, top)
  }

  private mutating func measure(_ groups: [Group], _ top: Double) {
    withoutGrad {
      var (least, greatest) = (Double.infinity, -Double.infinity)
      var (sum, count) = (0.0, 0.0)
      for group in groups {
        let scores = group.values.matmul(row.unsqueeze(-1))  // [N, 1]
        if group.target == top {
          least = min(least, scores.amin().item())
          sum += scores.sum().item()
          count += Double(group.values.dim(0))
        } else {
          greatest = max(greatest, scores.amax().item())
        }
      }
      (leastAbove, greatestBelow) = (least, greatest)
      meanAbove = sum / max(count, 1)
    }
  }

  /// The same functional less `threshold` times one that is 1 everywhere, scaled to a mean of 1 above.
  func shifted(by threshold: Double, constant: Discriminant) -> Tensor {
    withoutGrad { (row - constant.row * threshold) / max(meanAbove - threshold, 1e-6) }
  }

  private static func farthest(_ group: Group, _ row: Tensor, above: Bool) -> Group {
    withoutGrad {
      let scores = group.values.matmul(row.unsqueeze(-1)).squeeze(-1).floats()
      let order = scores.indices.sorted {
        above ? scores[$0] < scores[$1] : scores[$0] > scores[$1]
      }
      return Group(
        values: group.values.indexSelect(0, index: Array(order.prefix(hardest))),
        target: group.target)
    }
  }

  private static func solve(_ groups: [Group], _ ridge: Double) -> Tensor {
    withoutGrad {
      let width = groups[0].values.dim(1)
      var gram = Tensor.zeros([width, width], dtype: .float64)
      var wanted = Tensor.zeros([width], dtype: .float64)
      for group in groups {
        let share = 1 / Double(group.values.dim(0))
        gram = gram + group.values.T.matmul(group.values).to(dtype: .float64) * share
        wanted = wanted + group.values.sum(0).to(dtype: .float64) * (share * group.target)
      }
      let lift = gram.diagonal().mean().item() * ridge + 1e-12
      return (gram + Tensor.eye(width, dtype: .float64) * lift)
        .solve(wanted.unsqueeze(-1)).squeeze(-1).to(dtype: .float32)
    }
  }
}
