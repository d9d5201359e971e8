import CTorch
import Foundation

extension Tensor: CustomStringConvertible {
  /// Sizes of all dimensions, outermost first; `[]` for a scalar.
  public var shape: [Int] {
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: 16) { sizes in
      var rank: Int64 = 0
      Tensor.run("shape", []) { atx_sizes(handle, sizes.baseAddress, 16, &rank) }
      precondition(rank <= 16, "shape: expected at most 16 dimensions, got \(rank)")
      return (0..<Int(rank)).map { Int(sizes[$0]) }
    }
  }

  /// Number of dimensions.
  public var rank: Int {
    var result: Int64 = 0
    Tensor.run("rank", []) { atx_rank(handle, &result) }
    return Int(result)
  }

  /// Number of elements.
  public var count: Int {
    var result: Int64 = 0
    Tensor.run("count", []) { atx_count(handle, &result) }
    return Int(result)
  }

  /// Size of one dimension; negative numbers count from the end.
  public func dim(_ index: Int) -> Int {
    var result: Int64 = 0
    Tensor.run("dim", [self]) { atx_size(handle, Int64(index), &result) }
    return Int(result)
  }

  /// Type of the elements.
  public var dtype: DType {
    var result: Int32 = 0
    Tensor.run("dtype", []) { atx_dtype(handle, &result) }
    return DType(rawValue: result)
  }

  /// Where the elements are.
  public var device: Device {
    var result: Int32 = 0
    Tensor.run("device", []) { atx_device(handle, &result) }
    return Device(code: result)
  }

  /// Whether the elements lie in row-major order without gaps.
  public var isContiguous: Bool {
    var result = false
    Tensor.run("isContiguous", []) { atx_is_contiguous(handle, &result) }
    return result
  }

  /// dtype and shape in short, such as `float32[2, 3]`.
  public var signature: String { "\(dtype)\(shape)" }

  /// Signature and the first few elements.
  public var description: String {
    let flat = detach().flatten()
    let shown = Swift.min(flat.count, 8)
    guard shown > 0 else { return "\(signature) {}" }
    let head = flat.narrow(0, start: 0, length: shown)
    let values =
      dtype.isFloatingPoint
      ? head.doubles().map { String(format: "%.5g", $0) } : head.ints().map(String.init)
    let more = flat.count > shown ? ", …" : ""
    return "\(signature) {\(values.joined(separator: ", "))\(more)}"
  }
}
