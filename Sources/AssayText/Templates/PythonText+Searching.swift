extension PythonText {
  /// Where `wanted` begins in `text`, in bytes; nil where it does not occur.
  static func find(_ wanted: String, in text: String) -> Int? {
    occurrences(of: Array(wanted.utf8), in: Array(text.utf8), limit: 1).first
  }

  /// Where `wanted` occurs without overlaps, from the left; an empty one occurs nowhere.
  ///
  /// Takes time in proportion to both lengths whatever they hold (Knuth, Morris and Pratt 1977), so
  /// that no template can make a search slow.
  static func occurrences(of wanted: [UInt8], in bytes: [UInt8], limit: Int = .max) -> [Int] {
    guard !wanted.isEmpty else { return limit == 1 ? [0] : [] }
    guard wanted.count <= bytes.count, limit > 0 else { return [] }
    var borders = [Int](repeating: 0, count: wanted.count)
    var matched = 0
    for index in 1..<max(wanted.count, 1) {
      while matched > 0, wanted[index] != wanted[matched] { matched = borders[matched - 1] }
      if wanted[index] == wanted[matched] { matched += 1 }
      borders[index] = matched
    }
    var out: [Int] = []
    matched = 0
    for index in bytes.indices {
      while matched > 0, bytes[index] != wanted[matched] { matched = borders[matched - 1] }
      if bytes[index] == wanted[matched] { matched += 1 }
      guard matched == wanted.count else { continue }
      out.append(index + 1 - matched)
      matched = 0
      if out.count == limit { break }
    }
    return out
  }

  /// The same from the right, in ascending order.
  static func lastOccurrences(of wanted: [UInt8], in bytes: [UInt8], limit: Int) -> [Int] {
    let found = occurrences(of: wanted.reversed(), in: bytes.reversed(), limit: limit)
    return found.map { bytes.count - $0 - wanted.count }.reversed()
  }

  /// `bytes` cut where `separator` stands at `places`.
  static func cut(_ bytes: [UInt8], at places: [Int], separator: Int) -> [String] {
    var out: [String] = []
    var start = 0
    for place in places {
      out.append(String(decoding: bytes[start..<place], as: UTF8.self))
      start = place + separator
    }
    out.append(String(decoding: bytes[start...], as: UTF8.self))
    return out
  }

  /// `str.split` and `str.rsplit` with a separator.
  static func split(_ text: String, by separator: String, limit: Int, fromRight: Bool) -> [String] {
    let (bytes, wanted) = (Array(text.utf8), Array(separator.utf8))
    let limit = limit < 0 ? Int.max : limit
    let places =
      fromRight
      ? lastOccurrences(of: wanted, in: bytes, limit: limit)
      : occurrences(of: wanted, in: bytes, limit: limit)
    return cut(bytes, at: limit == 0 ? [] : places, separator: wanted.count)
  }

  /// `str.split` and `str.rsplit` at white space.
  static func splitAtSpace(_ text: String, limit: Int, fromRight: Bool) -> [String] {
    var scalars = Array(text.unicodeScalars)
    if fromRight { scalars.reverse() }
    var words: [[Unicode.Scalar]] = []
    var index = 0
    while true {
      while index < scalars.count, scalars[index].isPythonSpace { index += 1 }
      guard index < scalars.count else { break }
      var end = index
      if limit >= 0, words.count == limit {
        // The rest stays as it is, with white space at its far end.
        words.append(Array(scalars[index...]))
        break
      }
      while end < scalars.count, !scalars[end].isPythonSpace { end += 1 }
      words.append(Array(scalars[index..<end]))
      index = end
    }
    if fromRight { words = words.reversed().map { $0.reversed() } }
    return words.map { slice($0[...]) }
  }

  /// `str.splitlines`.
  static func lines(_ text: String, keepsEnds: Bool = false) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var out: [String] = []
    var start = 0
    var index = 0
    while index < scalars.count {
      guard scalars[index].isPythonNewline else {
        index += 1
        continue
      }
      let isPair = scalars[index] == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
      let end = index + (isPair ? 2 : 1)
      out.append(slice(scalars[start..<(keepsEnds ? end : index)]))
      start = end
      index = end
    }
    if start < scalars.count { out.append(slice(scalars[start...])) }
    return out
  }

  /// `str.replace`; a negative limit replaces all.
  static func replace(_ text: String, _ old: String, with new: String, limit: Int) -> String {
    if old.isEmpty {
      var out = ""
      var left = limit < 0 ? Int.max : limit
      for scalar in text.unicodeScalars {
        if left > 0 { out += new }
        left -= 1
        out.unicodeScalars.append(scalar)
      }
      return left > 0 ? out + new : out
    }
    return split(text, by: old, limit: limit, fromRight: false).joined(separator: new)
  }

  /// `str.strip`, `lstrip` and `rstrip`; without characters, white space goes.
  static func strip(
    _ text: String, _ characters: String?, left: Bool = true, right: Bool = true
  ) -> String {
    let set = characters.map { Set($0.unicodeScalars) }
    func goes(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isPythonSpace }
    var rest = text.unicodeScalars[...]
    if left { rest = rest.drop(while: goes) }
    if right { while let last = rest.last, goes(last) { rest.removeLast() } }
    return String(rest)
  }

  /// `str.title`: every letter after a letter is small, every other large.
  static func title(_ text: String) -> String {
    var out = ""
    var isInside = false
    for scalar in text.unicodeScalars {
      out += isInside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
      isInside = scalar.properties.isCased
    }
    return out
  }

  /// `str.capitalize`.
  static func capitalize(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    return first.properties.titlecaseMapping
      + String(text.unicodeScalars.dropFirst()).lowercased()
  }
}
