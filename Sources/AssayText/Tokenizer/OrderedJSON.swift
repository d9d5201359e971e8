import AssayCore
import Foundation

/// A JSON value that keeps the order of an object's members, and duplicates, as the file has them.
///
/// A vocabulary is one object with tens of thousands of members; Foundation's reader would silently
/// merge keys that are canonically equivalent.
public indirect enum OrderedJSON: Sendable {
  /// The absent value.
  case null
  /// True or false.
  case bool(Bool)
  /// A number written without fraction and exponent, of 64 bits at most.
  case integer(Int)
  /// Any other number.
  case number(Double)
  /// Text.
  case string(String)
  /// Values in order.
  case array([OrderedJSON])
  /// Values by name, in order.
  case object([(key: String, value: OrderedJSON)])

  /// The same value; members go by name, from a to z, and whole numbers are integers.
  public init(_ value: JSONValue) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .number(let value): self = Int(exactly: value).map(OrderedJSON.integer) ?? .number(value)
    case .string(let value): self = .string(value)
    case .array(let values): self = .array(values.map(OrderedJSON.init))
    case .object(let members):
      self = .object(members.sorted { $0.key < $1.key }.map { ($0.key, OrderedJSON($0.value)) })
    }
  }

  /// The last member called `key`; nil where there is none, or where it is null.
  subscript(key: String) -> OrderedJSON? {
    guard case .object(let members) = self else { return nil }
    let wanted = Array(key.utf8)
    guard let value = members.last(where: { wanted.elementsEqual($0.key.utf8) })?.value,
      !value.isNull
    else { return nil }
    return value
  }

  var isNull: Bool {
    if case .null = self { return true }
    return false
  }

  var string: String? {
    if case .string(let value) = self { return value }
    return nil
  }

  var integer: Int? {
    if case .integer(let value) = self { return value }
    return nil
  }

  /// A number, whole or not.
  var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  var bool: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  var array: [OrderedJSON]? {
    if case .array(let value) = self { return value }
    return nil
  }

  var object: [(key: String, value: OrderedJSON)]? {
    if case .object(let value) = self { return value }
    return nil
  }

  /// The value as indented text, ending in a newline.
  func data() -> Data {
    var out: [UInt8] = []
    write(to: &out, depth: 0)
    out.append(UInt8(ascii: "\n"))
    return Data(out)
  }

  private func write(to out: inout [UInt8], depth: Int) {
    switch self {
    case .null: out += "null".utf8
    case .bool(let value): out += (value ? "true" : "false").utf8
    case .integer(let value): out += String(value).utf8
    case .number(let value): out += (value.isFinite ? String(value) : "null").utf8
    case .string(let value): Self.quote(value, to: &out)
    case .array(let values):
      Self.list(values, "[", "]", to: &out, depth: depth) { $0.write(to: &$1, depth: depth + 1) }
    case .object(let members):
      Self.list(members, "{", "}", to: &out, depth: depth) { member, out in
        Self.quote(member.key, to: &out)
        out += ": ".utf8
        member.value.write(to: &out, depth: depth + 1)
      }
    }
  }

  private static func list<Item>(
    _ items: [Item], _ open: String, _ close: String, to out: inout [UInt8], depth: Int,
    item write: (Item, inout [UInt8]) -> Void
  ) {
    out += open.utf8
    for (index, item) in items.enumerated() {
      out += (index == 0 ? "\n" : ",\n").utf8
      out += String(repeating: " ", count: 2 * (depth + 1)).utf8
      write(item, &out)
    }
    if !items.isEmpty { out += ("\n" + String(repeating: " ", count: 2 * depth)).utf8 }
    out += close.utf8
  }

  private static func quote(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): out += "\\\"".utf8
      case UInt8(ascii: "\\"): out += "\\\\".utf8
      case 0x0A: out += "\\n".utf8
      case 0x00..<0x20:
        out += "\\u00".utf8
        out += (byte < 0x10 ? "0" : "").utf8
        out += String(byte, radix: 16).utf8
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
