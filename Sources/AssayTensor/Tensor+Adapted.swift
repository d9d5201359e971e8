import CTorch

/// The change of some outputs of a linear map, for each of K runs of rows: W becomes W + s B A there.
public struct LowRankChange: Sendable {
  /// A for each run, [K, r, in].
  public var a: Tensor
  /// B for each run, [K, out of the change, r].
  public var b: Tensor
  /// The first output that changes.
  public var start: Int

  /// A change of the outputs from `start` on.
  public init(a: Tensor, b: Tensor, start: Int) {
    self.a = a
    self.b = b
    self.start = start
  }
}

extension Tensor {
  /// x Wᵀ + bias with low-rank changes that differ between K equal runs of x's rows.
  ///
  /// The shared product reads `weight` once for all rows; the changes are batched products, and no
  /// changed matrix is ever built (Sheng et al. 2023, "S-LoRA", section 5). Products are computed in
  /// the dtype of `weight`; gradients reach A and B in their own.
  /// - Parameters:
  ///   - x: `[.., in]`, of which the first 1/K of all rows belong to the first run, and so on.
  ///   - weight: `[out, in]`.
  ///   - changes: at least one; their outputs must not overlap.
  ///   - scale: what every change is multiplied by.
  public static func linear(
    _ x: Tensor, weight: Tensor, bias: Tensor? = nil, changes: [LowRankChange], scale: Double
  ) -> Tensor {
    precondition(!changes.isEmpty, "linear: expected a change, got none")
    return withHandles(changes.map(\.a)) { a, count in
      withHandles(changes.map(\.b)) { b, _ in
        withInts(changes.map(\.start)) { starts, _ in
          make("linear", [x, weight] + changes.flatMap { [$0.a, $0.b] }) {
            atx_low_rank_linear(
              x.handle, weight.handle, bias?.handle, a, b, starts, count, scale, $0)
          }
        }
      }
    }
  }

  /// What `body` makes of `inputs`, computed again when its gradient is asked for.
  ///
  /// Of the recorded computation only `inputs` are kept (Chen et al. 2016, "Training Deep Nets with
  /// Sublinear Memory Cost"), at the cost of one more forward pass. Gradients flow to `inputs` alone:
  /// `body` must use no other tensor that wants one, and must compute the same each time.
  public static func recomputed(
    _ inputs: [Tensor], _ body: @escaping ([Tensor]) -> Tensor
  ) -> Tensor {
    let context = Unmanaged.passRetained(RecomputedBody(body)).toOpaque()
    return withHandles(inputs) { handles, count in
      make("recomputed", inputs) {
        atx_recomputed(
          handles, count,
          { context, inputs, count, out in
            guard let context, let inputs, let out else { return 1 }
            let owner = Unmanaged<RecomputedBody>.fromOpaque(context).takeUnretainedValue()
            let tensors = (0..<Int(count)).compactMap { inputs[$0].map(Tensor.init(owning:)) }
            let result = owner.body(tensors)
            // A reference of its own to the same tensor, for the other side.
            return atx_to_dtype(result.handle, result.dtype.rawValue, out)
          },
          { context in
            if let context { Unmanaged<RecomputedBody>.fromOpaque(context).release() }
          }, context, $0)
      }
    }
  }
}

/// Carries a function through C.
private final class RecomputedBody {
  let body: ([Tensor]) -> Tensor
  init(_ body: @escaping ([Tensor]) -> Tensor) { self.body = body }
}
