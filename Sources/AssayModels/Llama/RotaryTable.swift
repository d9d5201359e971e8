import AssayCore
import AssayTensor
import Foundation

/// Cosines and sines of rotary position embedding, computed once per length.
///
/// Source: Su et al. 2021, RoFormer, section 3.2.2. The frequencies repeat in both halves of a head,
/// as in transformers' Llama: entry [p, j] is cos(p / theta^(2 (j mod D/2) / D)).
final class RotaryTable: Sendable {
  private struct Kind: Hashable {
    let dtype: DType
    let device: Device
  }

  private struct Tables {
    var length = 0
    var pairs: [Kind: (cos: Tensor, sin: Tensor)] = [:]
  }

  private let theta: Double
  private let dimension: Int
  private let tables = Locked(Tables())

  init(theta: Double, dimension: Int) {
    self.theta = theta
    self.dimension = dimension
  }

  /// Tables [L, D] with L at least `length`, in `dtype` on `device`.
  func upTo(_ length: Int, dtype: DType, device: Device) -> (cos: Tensor, sin: Tensor) {
    let kind = Kind(dtype: dtype, device: device)
    return tables.withLock { tables in
      if tables.length < length {
        tables.length = max(length, 2 * tables.length, 256)
        tables.pairs.removeAll()
      }
      if let pair = tables.pairs[kind] { return pair }
      let length = tables.length
      let pair = Self.outsideOfInference {
        let (cos, sin) = self.compute(length)
        return (cos.to(dtype: dtype).to(device: device), sin.to(dtype: dtype).to(device: device))
      }
      tables.pairs[kind] = pair
      return pair
    }
  }

  /// Runs `body` on a thread of its own.
  ///
  /// libtorch's inference mode belongs to a thread, and tensors made in it can never take part in
  /// training; the tables are kept for both.
  private static func outsideOfInference<Result: Sendable>(
    _ body: @escaping @Sendable () -> Result
  ) -> Result {
    let box = Locked<Result?>(nil)
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let result = body()
      box.withLock { $0 = result }
      done.signal()
    }
    done.wait()
    guard let result = box.withLock({ $0 }) else { fatalError("rotary table: no result") }
    return result
  }

  /// Angles are rounded to single precision before the cosine, as the reference does.
  private func compute(_ length: Int) -> (cos: Tensor, sin: Tensor) {
    let half = dimension / 2
    let frequencies = (0..<half).map { j in
      Float(1) / Float(pow(Float(theta), Float(2 * j) / Float(dimension)))
    }
    var cosines = [Float](repeating: 0, count: length * dimension)
    var sines = cosines
    for position in 0..<length {
      for j in 0..<half {
        let angle = Double(Float(position) * frequencies[j])
        let (c, s) = (Float(cos(angle)), Float(sin(angle)))
        let at = position * dimension + j
        (cosines[at], cosines[at + half]) = (c, c)
        (sines[at], sines[at + half]) = (s, s)
      }
    }
    return (
      Tensor(cosines, shape: [length, dimension]), Tensor(sines, shape: [length, dimension])
    )
  }
}
