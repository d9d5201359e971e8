import Foundation

/// The four normalisation forms of Unicode (Standard Annex 15) as of version 9.0, which is what the
/// `tokenizers` library knows: characters that are younger pass unchanged.
enum CanonicalForm: String, Sendable {
  case nfc = "NFC"
  case nfd = "NFD"
  case nfkc = "NFKC"
  case nfkd = "NFKD"

  private var composes: Bool { self == .nfc || self == .nfkc }
  private var isCompatible: Bool { self == .nfkc || self == .nfkd }

  /// `text` (valid UTF-8) in this form.
  ///
  /// Cost: one pass; text below U+0300 needs no table for NFC, ASCII none for any form.
  func normalized(_ text: [UInt8]) -> [UInt8] {
    // Below U+0300 everything is in NFC; the lead byte of U+0300 is CC.
    let first: UInt8 = self == .nfc ? 0xCC : 0x80
    guard let start = text.firstIndex(where: { $0 >= first }) else { return text }
    let tables = CanonicalTables.shared
    let decompositions = isCompatible ? tables.compatible : tables.canonical
    var out: [UInt8] = []
    out.reserveCapacity(text.count + text.count / 8)
    // A starter and the marks after it, with their combining classes.
    var run: [(scalar: UInt32, order: UInt8)] = []
    func add(_ scalar: UInt32) {
      let order = tables.order(of: scalar)
      // ASCII never combines with what comes before it; other starters may.
      if order == 0, !run.isEmpty, !composes || scalar < 0x300 { flush() }
      run.append((scalar, order))
    }
    func flush() {
      Self.sort(&run)
      if composes { tables.compose(&run) }
      for item in run { out.append(scalar: item.scalar) }
      run.removeAll(keepingCapacity: true)
    }
    // The character before the first may combine with it.
    var begin = start
    while begin > 0 {
      begin -= 1
      if text[begin] & 0xC0 != 0x80 { break }
    }
    out += text[..<begin]
    text.withUnsafeBufferPointer { buffer in
      UnsafeBufferPointer(rebasing: buffer[begin...]).forEachScalar { scalar, _, _ in
        if scalar < 0x80 { return add(scalar) }
        if CanonicalTables.hangul.contains(scalar) {
          for part in CanonicalTables.jamo(of: scalar) { add(part) }
          return
        }
        let entry = decompositions[scalar]
        if entry == ScalarMap.absent { return add(scalar) }
        let from = Int(entry >> 8)
        for part in tables.scalars[from..<from + Int(entry & 0xFF)] { add(part) }
      }
    }
    flush()
    return out
  }

  /// Orders each stretch of marks by their class, equal ones as they came.
  private static func sort(_ run: inout [(scalar: UInt32, order: UInt8)]) {
    guard run.count > 1 else { return }
    var index = 1
    while index < run.count {
      let item = run[index]
      var place = index
      while item.order != 0, place > 0, run[place - 1].order > item.order {
        run[place] = run[place - 1]
        place -= 1
      }
      run[place] = item
      index += 1
    }
  }
}
