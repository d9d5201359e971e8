import AssayCore
import Foundation

extension OrderedJSON {
  /// Reads one JSON document (RFC 8259).
  ///
  /// Throws `AssayError(.corrupt)` naming the byte at which the text stops being JSON.
  public init(parsing data: Data) throws {
    var parser = OrderedJSONParser(bytes: Array(data))
    self = try parser.document()
  }
}

/// A recursive-descent reader of JSON with a limit on depth, so that no input exhausts the stack.
private struct OrderedJSONParser {
  static let depthLimit = 64

  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func document() throws -> OrderedJSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    let value = try self.value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("text after the end of the document") }
    return value
  }

  func failure(_ problem: String) -> AssayError {
    AssayError(
      .corrupt, "not valid JSON at byte \(position): \(problem)",
      hint: "the file may be truncated; fetch or save it again")
  }

  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  mutating func take(_ expected: UInt8) -> Bool {
    skipSpace()
    guard current == expected else { return false }
    position += 1
    return true
  }

  mutating func value(depth: Int) throws -> OrderedJSON {
    guard depth < Self.depthLimit else { throw failure("nested deeper than \(Self.depthLimit)") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case nil: throw failure("the text ends where a value should be")
    default: return try number()
    }
  }

  mutating func word(_ word: String, _ value: OrderedJSON) throws -> OrderedJSON {
    guard bytes[position...].starts(with: word.utf8) else { throw failure("unknown word") }
    position += word.utf8.count
    return value
  }

  mutating func object(depth: Int) throws -> OrderedJSON {
    position += 1
    var members: [(key: String, value: OrderedJSON)] = []
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw failure("expected a quoted name") }
      let key = try string()
      guard take(UInt8(ascii: ":")) else { throw failure("expected ':'") }
      members.append((key, try value(depth: depth + 1)))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw failure("expected ',' or '}'") }
    return .object(members)
  }

  mutating func array(depth: Int) throws -> OrderedJSON {
    position += 1
    var values: [OrderedJSON] = []
    if take(UInt8(ascii: "]")) { return .array(values) }
    repeat { values.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw failure("expected ',' or ']'") }
    return .array(values)
  }

  mutating func number() throws -> OrderedJSON {
    let start = position
    while let byte = current, "+-.eE0123456789".utf8.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let integer = Int(text) { return .integer(integer) }
    if let number = Double(text), number.isFinite { return .number(number) }
    position = start
    throw failure("expected a value")
  }

  mutating func string() throws -> String {
    position += 1
    var out: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: out, as: UTF8.self) else {
          throw failure("a string that is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): try escape(to: &out)
      case 0x00..<0x20: throw failure("a control character inside a string")
      default: out.append(byte)
      }
    }
    throw failure("a string without its closing quote")
  }

  mutating func escape(to out: inout [UInt8]) throws {
    guard let byte = current else { throw failure("the text ends inside a string") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
    case UInt8(ascii: "u"):
      var code = try codeUnit()
      if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: "\\u".utf8) {
        position += 2
        let low = try codeUnit()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair") }
      out += String(Character(scalar)).utf8
    default: throw failure("unknown escape")
    }
  }

  mutating func codeUnit() throws -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("expected four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
