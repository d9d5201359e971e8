import AssayCore
import AssayTensor
import Foundation

/// Cosines and sines of a rotary position embedding, computed once per length.
///
/// The frequencies f repeat in both halves of the rotated elements, as in transformers' Llama:
/// entry [p, j] is cos(p f(j mod R/2)), where R elements of a head are rotated.
final class RotaryTable: Sendable {
  private struct Kind: Hashable {
    let dtype: DType
    let device: Device
  }

  private struct Tables {
    var length = 0
    var pairs: [Kind: (cos: Tensor, sin: Tensor)] = [:]
  }

  private let rotary: Rotary
  private let dimension: Int
  private let tables = Locked(Tables())

  /// Tables for heads of which `dimension` elements are rotated.
  init(_ rotary: Rotary, dimension: Int) {
    self.rotary = rotary
    self.dimension = dimension
  }

  /// Tables [L, R] with L at least `length`, in `dtype` on `device`, for texts of `length` tokens.
  func upTo(_ length: Int, dtype: DType, device: Device) -> (cos: Tensor, sin: Tensor) {
    let kind = Kind(dtype: dtype, device: device)
    return tables.withLock { tables in
      if rotary.dependsOnLength {
        if tables.length != length {
          tables.length = length
          tables.pairs.removeAll()
        }
      } else if tables.length < length {
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
    let frequencies = rotary.frequencies(width: dimension, length: length)
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
