import Foundation

/// Reads the JSON of a safetensors header, and nothing that is not one.
///
/// A general JSON reader would hide repeated names, accept fractions as offsets and recurse as deep
/// as a hostile file asks.
struct SafetensorsHeaderParser {
  /// What is wrong with the header, in words.
  struct Problem: Error {
    var text: String
    var isUnsupported = false
  }

  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Reads the whole header into `header`.
  mutating func readHeader(into header: inout SafetensorsHeader) throws {
    guard peek() == UInt8(ascii: "{") else { throw Problem(text: "the header is not an object") }
    var seen: Set<String> = []
    try readObject { parser, name in
      guard seen.insert(name).inserted else {
        throw Problem(text: "the name '\(name)' appears twice")
      }
      if name == "__metadata__" {
        try parser.readObject { parser, key in
          let value = try parser.readString()
          guard header.metadata.updateValue(value, forKey: key) == nil else {
            throw Problem(text: "the metadata name '\(key)' appears twice")
          }
        }
      } else {
        header.entries[name] = try parser.readEntry(named: name)
      }
    }
    skipSpace()
    guard position == bytes.count else {
      throw Problem(text: "text follows the header's closing brace at byte \(position)")
    }
  }

  private mutating func readEntry(named name: String) throws -> SafetensorsHeader.Entry {
    var dtype: DType?
    var shape: [Int]?
    var offsets: [Int]?
    try readObject { parser, key in
      switch key {
      case "dtype" where dtype == nil:
        let text = try parser.readString()
        guard let known = DType(safetensorsName: text) else {
          throw Problem(
            text: "tensor '\(name)' has the dtype '\(text)', which is not read here",
            isUnsupported: Self.foreignTypes.contains(text))
        }
        dtype = known
      case "shape" where shape == nil: shape = try parser.readIntegers()
      case "data_offsets" where offsets == nil: offsets = try parser.readIntegers()
      default: throw Problem(text: "tensor '\(name)' has a repeated or unknown entry '\(key)'")
      }
    }
    guard let dtype, let shape, let offsets else {
      throw Problem(text: "tensor '\(name)' lacks dtype, shape or data_offsets")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw Problem(text: "tensor '\(name)' has the data_offsets \(offsets)")
    }
    guard shape.count <= 16 else {
      throw Problem(text: "tensor '\(name)' has \(shape.count) dimensions, at most 16 are read")
    }
    var size = dtype.size
    for length in shape {
      // A zero elsewhere must not hide an absurd size.
      let (product, overflow) = size.multipliedReportingOverflow(by: max(1, length))
      guard !overflow else { throw Problem(text: "the shape \(shape) of '\(name)' is too large") }
      size = product
    }
    return .init(dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Types of the format that exist, and that no tensor here can hold.
  private static let foreignTypes: Set<String> = [
    "F4", "F6_E2M3", "F6_E3M2", "F8_E4M3", "F8_E5M2", "F8_E8M0", "U16", "U32", "U64", "C64",
  ]

  // MARK: pieces of JSON

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    skipSpace()
    guard peek() == UInt8(ascii: character) else {
      throw Problem(text: "expected '\(character)' at byte \(position) of the header")
    }
    position += 1
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func readObject(
    _ member: (inout SafetensorsHeaderParser, String) throws -> Void
  ) throws {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try readString()
      try expect(":")
      try member(&self, key)
    } while take(",")
    try expect("}")
  }

  private mutating func readIntegers() throws -> [Int] {
    try expect("[")
    if take("]") { return [] }
    var values: [Int] = []
    repeat {
      skipSpace()
      let start = position
      while let byte = peek(), (0x30...0x39).contains(byte) { position += 1 }
      let digits = String(decoding: bytes[start..<position], as: UTF8.self)
      guard let value = Int(digits) else {
        throw Problem(text: "expected a whole number at byte \(start) of the header")
      }
      values.append(value)
    } while take(",")
    try expect("]")
    return values
  }

  private mutating func readString() throws -> String {
    try expect("\"")
    let start = position - 1
    var isPlain = true
    while let byte = peek(), byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw Problem(text: "a control character in a name") }
      let isEscape = byte == UInt8(ascii: "\\")
      isPlain = isPlain && !isEscape && byte < 0x80
      position += isEscape ? 2 : 1
    }
    try expect("\"")
    if isPlain { return String(decoding: bytes[start + 1..<position - 1], as: UTF8.self) }
    // The quotes are found; Foundation undoes the escapes and checks the UTF-8.
    let data = Data(bytes[start..<position])
    guard let text = try? JSONDecoder().decode(String.self, from: data) else {
      throw Problem(text: "the text at byte \(start) of the header is not valid")
    }
    return text
  }
}
