import AssayCore

/// Tokens by number and by text, of the model and added ones alike.
struct Vocabulary: Sendable {
  /// One token: how the file writes it, and the bytes that it decodes to.
  struct Entry: Sendable {
    var text: String
    var bytes: [UInt8]
  }

  private(set) var entries: [Entry?] = []
  private(set) var ids: [ByteString: Int] = [:]

  /// Room for `count` tokens; numbers beyond it by more than a wide margin are refused.
  init(capacity: Int) {
    limit = 2 * capacity + 65_536
    ids.reserveCapacity(capacity)
  }

  private let limit: Int

  /// One more than the highest number.
  var size: Int { entries.count }

  /// Adds a token; throws `AssayError(.corrupt)` where its number or its text is taken.
  mutating func add(_ text: String, id: Int, bytes: [UInt8]) throws {
    guard id >= 0, id < limit else {
      throw AssayError(
        .corrupt, "token '\(text.prefix(60))' has the number \(id)",
        hint: "numbers of tokens count from 0 without wide gaps")
    }
    while entries.count <= id { entries.append(nil) }
    if let other = entries[id] {
      throw AssayError(
        .corrupt,
        "tokens '\(other.text.prefix(60))' and '\(text.prefix(60))' share the number \(id)",
        hint: "give each token of the vocabulary its own number")
    }
    guard ids.updateValue(id, forKey: ByteString(text)) == nil else {
      throw AssayError(
        .corrupt, "token '\(text.prefix(60))' is in the vocabulary twice",
        hint: "give each token of the vocabulary one number")
    }
    entries[id] = Entry(text: text, bytes: bytes)
  }

  /// Makes a token of the model decode to its own text, as added tokens do.
  mutating func decodeLiterally(_ id: Int) {
    if entries.indices.contains(id), let text = entries[id]?.text {
      entries[id]?.bytes = Array(text.utf8)
    }
  }

  subscript(id: Int) -> Entry? {
    entries.indices.contains(id) ? entries[id] : nil
  }
}
