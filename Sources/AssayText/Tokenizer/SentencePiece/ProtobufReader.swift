import AssayCore

/// Reads the fields of one protobuf message, in the order in which they are written.
struct ProtobufReader {
  /// What a field holds, by its wire type.
  enum Value {
    case number(UInt64)
    case fixed(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
  }

  /// The next field's number and value; nil at the end.
  ///
  /// Throws `AssayError(.corrupt)`.
  mutating func next() throws -> (field: Int, value: Value)? {
    guard !rest.isEmpty else { return nil }
    let tag = try number()
    let field = Int(truncatingIfNeeded: tag >> 3)
    switch tag & 7 {
    case 0: return (field, .number(try number()))
    case 1: return (field, .fixed(try fixed(8)))
    case 2:
      let count = try number()
      guard count <= UInt64(rest.count) else { throw Self.damaged }
      return (field, .bytes(take(Int(count))))
    case 5: return (field, .fixed(try fixed(4)))
    default: throw Self.damaged
    }
  }

  private mutating func take(_ count: Int) -> ArraySlice<UInt8> {
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private mutating func fixed(_ count: Int) throws -> UInt64 {
    guard rest.count >= count else { throw Self.damaged }
    return take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func number() throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw Self.damaged }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Self.damaged
  }

  private static var damaged: AssayError {
    AssayError(
      .corrupt, "not a SentencePiece model, or one that is cut short",
      hint: "expected the tokenizer.model that SentencePiece writes; fetch it again")
  }
}
