import CTorch
import Foundation

extension Tensor {
  /// A tensor whose elements are not set to anything yet.
  public static func empty(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    withInts(shape) { sizes, rank in
      make("empty", [], note: "shape \(shape)") {
        atx_empty(sizes, rank, dtype.rawValue, device.code, $0)
      }
    }
  }

  /// Every element is `value`.
  public static func full(
    _ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor {
    withInts(shape) { sizes, rank in
      make("full", [], note: "shape \(shape)") {
        atx_full(sizes, rank, value, dtype.rawValue, device.code, $0)
      }
    }
  }

  /// Every element is 0.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor { full(shape, 0, dtype: dtype, device: device) }

  /// Every element is 1.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor { full(shape, 1, dtype: dtype, device: device) }

  /// Zeros in the shape and dtype of this tensor, on its device.
  public func zerosLike() -> Tensor { .zeros(shape, dtype: dtype, device: device) }

  /// Ones in the shape and dtype of this tensor, on its device.
  public func onesLike() -> Tensor { .ones(shape, dtype: dtype, device: device) }

  /// 0, 1, …, `end` - 1.
  public static func arange(
    _ end: Int, dtype: DType = .int64, device: Device = .cpu
  ) -> Tensor { arange(0, end, dtype: dtype, device: device) }

  /// `start`, `start + step`, … up to but without `end`.
  public static func arange(
    _ start: Int, _ end: Int, step: Int = 1, dtype: DType = .int64, device: Device = .cpu
  ) -> Tensor {
    make("arange", [], note: "start \(start), end \(end), step \(step)") {
      atx_arange(Int64(start), Int64(end), Int64(step), dtype.rawValue, device.code, $0)
    }
  }

  /// The `n` × `n` identity.
  public static func eye(_ n: Int, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
    make("eye", []) { atx_eye(Int64(n), dtype.rawValue, device.code, $0) }
  }

  /// A scalar, shape `[]`.
  public static func scalar(
    _ value: Double, dtype: DType = .float32, device: Device = .cpu
  ) -> Tensor { full([], value, dtype: dtype, device: device) }

  /// Copies `bytes`, which hold row-major little-endian elements of `dtype`.
  public convenience init(bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) {
    var out: OpaquePointer?
    let status = Tensor.withInts(shape) { sizes, rank in
      atx_from_bytes(bytes.baseAddress, Int64(bytes.count), sizes, rank, dtype.rawValue, &out)
    }
    guard status == 0, let out else { tensorFailure("Tensor(bytes:)", [], note: "shape \(shape)") }
    self.init(owning: out)
  }

  /// Copies `values` (float32); without a shape, one dimension.
  public convenience init(_ values: [Float], shape: [Int]? = nil) {
    self.init(copying: values, shape: shape, dtype: .float32)
  }

  /// Copies `values` (float64); without a shape, one dimension.
  public convenience init(doubles values: [Double], shape: [Int]? = nil) {
    self.init(copying: values, shape: shape, dtype: .float64)
  }

  /// Copies `values` (int64); without a shape, one dimension.
  public convenience init(_ values: [Int], shape: [Int]? = nil) {
    self.init(copying: values, shape: shape, dtype: .int64)
  }

  /// Copies `values` (bool); without a shape, one dimension.
  public convenience init(_ values: [Bool], shape: [Int]? = nil) {
    self.init(copying: values, shape: shape, dtype: .bool)
  }

  /// Copies rows of equal length (int64) into a matrix.
  public convenience init(rows: [[Int]]) {
    let width = rows.first?.count ?? 0
    precondition(
      rows.allSatisfy { $0.count == width },
      "Tensor(rows:): expected rows of equal length, got \(rows.map(\.count))")
    self.init(rows.flatMap { $0 }, shape: [rows.count, width])
  }

  private convenience init<Element>(copying values: [Element], shape: [Int]?, dtype: DType) {
    let shape = shape ?? [values.count]
    precondition(
      shape.reduce(1, *) == values.count,
      "Tensor: expected \(shape.reduce(1, *)) values for shape \(shape), got \(values.count)")
    var out: OpaquePointer?
    let status = values.withUnsafeBytes { bytes in
      Tensor.withInts(shape) { sizes, rank in
        atx_from_bytes(bytes.baseAddress, Int64(bytes.count), sizes, rank, dtype.rawValue, &out)
      }
    }
    guard status == 0, let out else { tensorFailure("Tensor", [], note: "shape \(shape)") }
    self.init(owning: out)
  }

  /// Normally distributed numbers, mean 0, standard deviation 1.
  public static func randn(
    _ shape: [Int], generator: Generator, dtype: DType = .float32
  ) -> Tensor {
    withInts(shape) { sizes, rank in
      make("randn", [], note: "shape \(shape)") {
        atx_randn(sizes, rank, generator.handle, dtype.rawValue, $0)
      }
    }
  }

  /// Numbers spread evenly over 0..<1.
  public static func rand(
    _ shape: [Int], generator: Generator, dtype: DType = .float32
  ) -> Tensor {
    withInts(shape) { sizes, rank in
      make("rand", [], note: "shape \(shape)") {
        atx_rand(sizes, rank, generator.handle, dtype.rawValue, $0)
      }
    }
  }

  /// Whole numbers spread evenly over `range` (int64).
  public static func randint(_ range: Range<Int>, _ shape: [Int], generator: Generator) -> Tensor {
    withInts(shape) { sizes, rank in
      make("randint", [], note: "shape \(shape)") {
        atx_randint(
          Int64(range.lowerBound), Int64(range.upperBound), sizes, rank, generator.handle, $0)
      }
    }
  }

  /// 0..<`n` in random order (int64).
  public static func randperm(_ n: Int, generator: Generator) -> Tensor {
    make("randperm", []) { atx_randperm(Int64(n), generator.handle, $0) }
  }

  /// Draws `n` indices per row with chances in proportion to this tensor `[V]` or `[B, V]`.
  public func multinomial(
    _ n: Int, generator: Generator, replacement: Bool = false
  ) -> Tensor {
    Tensor.make("multinomial", [self]) {
      atx_multinomial(handle, Int64(n), replacement, generator.handle, $0)
    }
  }
}
