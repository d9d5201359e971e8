/// The printable alphabet in which byte-level BPE writes bytes (GPT-2, `encoder.py`).
///
/// Printable bytes of Latin-1 stand for themselves; the other 68 take the scalars from U+0100 on, in
/// order. So a space is written `Ġ` and a newline `Ċ`.
enum ByteAlphabet {
  /// The scalar of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt8 = 0
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
        return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(UInt16(0x100) + UInt16(next)) ?? Unicode.Scalar(byte)
      }
    }
  }()

  private static let bytes: [UInt32: UInt8] = Dictionary(
    uniqueKeysWithValues: scalars.enumerated().map { ($1.value, UInt8($0)) })

  /// All bytes, in the order of their scalars: the order in which training numbers them.
  static let bytesInScalarOrder: [UInt8] = (UInt8.min...UInt8.max).sorted {
    scalars[Int($0)].value < scalars[Int($1)].value
  }

  /// The bytes written in the alphabet, for example `Ġthe` for " the".
  static func write(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }

  /// The bytes that `text` stands for, or nil when a character of it is outside the alphabet.
  static func read(_ text: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let byte = bytes[scalar.value] else { return nil }
      result.append(byte)
    }
    return result
  }
}
