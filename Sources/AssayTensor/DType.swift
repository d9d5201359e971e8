import CTorch

/// The type of a tensor's elements.
public struct DType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// libtorch's own number for the type.
  public var rawValue: Int32

  /// Wraps libtorch's number for a type.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let float32 = DType(rawValue: Int32(ATX_FLOAT32))
  public static let bfloat16 = DType(rawValue: Int32(ATX_BFLOAT16))
  public static let float16 = DType(rawValue: Int32(ATX_FLOAT16))
  public static let float64 = DType(rawValue: Int32(ATX_FLOAT64))
  public static let int64 = DType(rawValue: Int32(ATX_INT64))
  public static let int32 = DType(rawValue: Int32(ATX_INT32))
  public static let int16 = DType(rawValue: Int32(ATX_INT16))
  public static let int8 = DType(rawValue: Int32(ATX_INT8))
  public static let uint8 = DType(rawValue: Int32(ATX_UINT8))
  public static let bool = DType(rawValue: Int32(ATX_BOOL))

  /// Every type that this package reads and writes.
  public static let all: [DType] = [
    .float32, .bfloat16, .float16, .float64, .int64, .int32, .int16, .int8, .uint8, .bool,
  ]

  /// Bytes per element; 0 for a type that is not among `all`.
  public var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .bfloat16, .float16, .int16: 2
    case .int8, .uint8, .bool: 1
    default: 0
    }
  }

  /// Whether elements are floating-point numbers.
  public var isFloatingPoint: Bool {
    self == .float32 || self == .bfloat16 || self == .float16 || self == .float64
  }

  /// The name as safetensors headers write it, such as `BF16`; nil for an unknown type.
  public var safetensorsName: String? {
    switch self {
    case .float64: "F64"
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint8: "U8"
    case .bool: "BOOL"
    default: nil
    }
  }

  /// The type that a safetensors header names, if it is one that we read.
  public init?(safetensorsName: String) {
    guard let found = DType.all.first(where: { $0.safetensorsName == safetensorsName }) else {
      return nil
    }
    self = found
  }

  /// The name as PyTorch and `config.json` write it, such as `bfloat16`; nil for an unknown one.
  public init?(name: String) {
    guard let found = DType.all.first(where: { $0.description == name }) else { return nil }
    self = found
  }

  public var description: String {
    switch self {
    case .float64: "float64"
    case .float32: "float32"
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .int64: "int64"
    case .int32: "int32"
    case .int16: "int16"
    case .int8: "int8"
    case .uint8: "uint8"
    case .bool: "bool"
    default: "dtype(\(rawValue))"
    }
  }
}
