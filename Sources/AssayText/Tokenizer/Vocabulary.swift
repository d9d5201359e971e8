import AssayCore

/// Tokens by number and by text, of the model and added ones alike.
struct Vocabulary: Sendable {
  /// One token.
  struct Entry: Sendable {
    /// How the file writes it.
    var text: String
    /// What the decoder gets for it, in UTF-8.
    var piece: [UInt8]
    /// What it stands for wherever it is in a text.
    var bytes: [UInt8]
  }

  private(set) var entries: [Entry?] = []
  private(set) var ids: [ByteString: Int] = [:]
  /// The tokens of the model, without those that were added to it.
  private(set) var modelIds: [ByteString: UInt32] = [:]

  /// Room for `count` tokens; numbers beyond it by more than a wide margin are refused.
  init(capacity: Int) {
    limit = 2 * capacity + 65_536
    ids.reserveCapacity(capacity)
  }

  private let limit: Int

  /// One more than the highest number.
  var size: Int { entries.count }

  /// Adds a token; throws `AssayError(.corrupt)` where its number or its text is taken.
  mutating func add(_ text: String, id: Int, decoder: TokenDecoder) throws {
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
    let piece = Array(text.utf8)
    entries[id] = Entry(text: text, piece: piece, bytes: decoder.bytes(of: piece))
  }

  /// Says that the tokens so far are those of the model.
  mutating func endModel() {
    modelIds = ids.mapValues { UInt32($0) }
  }

  /// Has the decoder get `piece` for a token.
  mutating func decode(_ id: Int, as piece: [UInt8], decoder: TokenDecoder) {
    guard entries.indices.contains(id) else { return }
    entries[id]?.piece = piece
    entries[id]?.bytes = decoder.bytes(of: piece)
  }

  subscript(id: Int) -> Entry? {
    entries.indices.contains(id) ? entries[id] : nil
  }
}
