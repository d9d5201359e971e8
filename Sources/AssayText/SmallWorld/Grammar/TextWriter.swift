/// Appends words to a text and capitalises the first letter of sentences.
struct TextWriter {
  private(set) var text = ""
  private var capitalisesNext = false

  init(capacity: Int = 1024) { text.reserveCapacity(capacity) }

  mutating func capital() { capitalisesNext = true }

  mutating func cancelCapital() { capitalisesNext = false }

  mutating func sentence(_ piece: String) {
    separate()
    capital()
    write(piece)
  }

  /// A space, unless a line has just begun.
  mutating func separate() {
    guard let last = text.utf8.last, last != 10, last != 32 else { return }
    text += " "
  }

  mutating func line() {
    guard let last = text.utf8.last, last != 10 else { return }
    text += "\n"
  }

  var endsSentence: Bool {
    guard let last = text.utf8.last else { return false }
    return last == 46 || last == 33 || last == 63 || last == 34  // . ! ? "
  }

  var byteCount: Int { text.utf8.count }

  mutating func write(_ piece: String) {
    guard capitalisesNext, let first = piece.utf8.first else {
      text += piece
      return
    }
    capitalisesNext = false
    // Only ASCII starts need changing: names are capitalised in the almanac already.
    if first >= 97, first <= 122 {
      text.unicodeScalars.append(Unicode.Scalar(first - 32))
      text += piece.dropFirst()
    } else {
      text += piece
    }
  }

  mutating func dropTrailingSpace() {
    while text.utf8.last == 32 { text.removeLast() }
  }
}
