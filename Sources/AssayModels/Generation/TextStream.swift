/// What of a growing text can be shown already.
///
/// Held back are characters whose bytes have not all come, and what may turn out to be the beginning
/// of a stop string.
struct TextStream {
  private let ending: Ending
  private var shown: [UInt8] = []

  init(_ ending: Ending) { self.ending = ending }

  /// The new part of the text of `tokens`; all that is left if they are the last.
  mutating func next(_ tokens: [Int], isLast: Bool) -> String {
    var bytes = Array(ending.text(of: tokens).utf8)
    if !isLast {
      let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]  // U+FFFD stands for bytes of no character
      while bytes.count >= 3, bytes.suffix(3).elementsEqual(replacement) { bytes.removeLast(3) }
      bytes.removeLast(ending.mayBeCut(bytes))
    }
    // Where a decoder changes what it wrote before, only what comes after it can be shown.
    guard bytes.count > shown.count, bytes.starts(with: shown) else { return "" }
    let new = bytes[shown.count...]
    shown = bytes
    return String(decoding: new, as: UTF8.self)
  }
}
