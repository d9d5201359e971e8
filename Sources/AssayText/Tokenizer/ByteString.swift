/// Bytes as a dictionary key.
///
/// `String` compares by canonical equivalence ("é" equals "e" + combining acute), which is wrong for
/// a vocabulary: two spellings of one character are two different tokens.
struct ByteString: Hashable, Sendable {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }
  init(_ buffer: UnsafeBufferPointer<UInt8>) { bytes = Array(buffer) }
  init(_ string: String) { bytes = Array(string.utf8) }

  static func == (a: ByteString, b: ByteString) -> Bool { a.bytes == b.bytes }

  func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}
