import AssayTensor

/// The loss of one target after the same span in several contexts: their mean.
struct SharedLoss {
  private let parts: [TargetLoss]

  init(_ parts: [TargetLoss]) {
    self.parts = parts
  }

  /// Mean loss of each span in nats per target token, and whether the target is forced in all contexts.
  func losses(_ spans: [[Int]]) -> [(loss: Double, isForced: Bool)] {
    var result = spans.map { _ in (loss: 0.0, isForced: true) }
    for part in parts {
      for (at, own) in part.losses(spans).enumerated() {
        result[at].loss += own.loss / Double(parts.count)
        result[at].isForced = result[at].isForced && own.isForced
      }
    }
    return result
  }

  /// The gradient [n, V] of the loss for one-hot rows.
  ///
  /// Several contexts count alike, however steep the loss of each is: Zou et al. 2023, algorithm 2.
  func gradient(_ span: [Int]) -> Tensor {
    guard parts.count > 1 else { return parts[0].gradient(span) }
    let gradients = parts.map { part in
      let own = part.gradient(span)
      return withoutGrad { own / (own.norm() + 1e-12) }
    }
    return withoutGrad { gradients.dropFirst().reduce(gradients[0]) { $0 + $1 } }
  }
}
