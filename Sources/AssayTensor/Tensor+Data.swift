import CTorch
import Foundation

extension Tensor {
  /// All elements in row-major order, converted to `Float` (a copy).
  public func floats() -> [Float] {
    let count = count
    return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      Tensor.run("floats", [self]) { atx_copy_floats(handle, buffer.baseAddress, Int64(count)) }
      filled = count
    }
  }

  /// All elements in row-major order, converted to `Double` (a copy).
  public func doubles() -> [Double] {
    let count = count
    return [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      Tensor.run("doubles", [self]) { atx_copy_doubles(handle, buffer.baseAddress, Int64(count)) }
      filled = count
    }
  }

  /// All elements in row-major order, converted to `Int`, cut to whole numbers (a copy).
  public func ints() -> [Int] {
    let count = count
    let wide = [Int64](unsafeUninitializedCapacity: count) { buffer, filled in
      Tensor.run("ints", [self]) { atx_copy_ints(handle, buffer.baseAddress, Int64(count)) }
      filled = count
    }
    return wide.map(Int.init)
  }

  /// All elements in row-major order; true where not zero (a copy).
  public func bools() -> [Bool] { ints().map { $0 != 0 } }

  /// The only element of a tensor that has one, as `Double`.
  public func item() -> Double {
    var result = 0.0
    Tensor.run("item", [self]) { atx_item_double(handle, &result) }
    return result
  }

  /// The only element of a tensor that has one, as `Int`.
  public func intItem() -> Int {
    var result: Int64 = 0
    Tensor.run("intItem", [self]) { atx_item_int(handle, &result) }
    return Int(result)
  }

  /// The elements as they lie in memory, row-major and little-endian (a copy).
  public func bytes() -> Data {
    let length = count * dtype.size
    var data = Data(count: length)
    data.withUnsafeMutableBytes { buffer in
      Tensor.run("bytes", [self]) { atx_copy_bytes(handle, buffer.baseAddress, Int64(length)) }
    }
    return data
  }
}
