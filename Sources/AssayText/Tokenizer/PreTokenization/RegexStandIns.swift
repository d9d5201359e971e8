import CPCRE2

/// Makes PCRE2 see characters as Unicode 16.0 has them, which is what the `tokenizers` library's
/// regular expressions (Oniguruma) know.
///
/// The PCRE2 of a system may know an older version, to which younger letters are unassigned. Such a
/// character is replaced, for matching alone, by one of the same category and length in UTF-8.
struct RegexStandIns: Sendable {
  static let shared = RegexStandIns()

  private var table = ScalarMap()
  private var isEmpty = true

  /// Where characters younger than Unicode 10 are; all but a few hundred are here.
  private static let ranges: [ClosedRange<UInt32>] = [
    0x0300...0x2FFF, 0x3100...0x33FF, 0x9FA0...0xABFF, 0xFA00...0xFFFF, 0x10000...0x1FBFF,
    0x2A6D0...0x2A6DF, 0x2B739...0x2B73F, 0x2B81E...0x2B820, 0x2CEA2...0x2CEAF, 0x2EBE0...0x2EE5F,
    0x31340...0x323AF, 0x323B0...0x3347F,
  ]

  private init() {
    var version = [UInt8](repeating: 0, count: 64)
    let length = pcre2_config_8(UInt32(PCRE2_CONFIG_UNICODE_VERSION), &version)
    let text = String(decoding: version.prefix(max(0, Int(length) - 1)), as: UTF8.self)
    let numbers = text.split(separator: ".").compactMap { Int($0) }
    guard numbers.count >= 2 else { return }
    let known = (numbers[0], numbers[1])
    for range in Self.ranges {
      for value in range {
        guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age else { continue }
        let isKnown = (age.major, age.minor) <= known
        let isWanted = (age.major, age.minor) <= (16, 0)
        guard isKnown != isWanted else { continue }
        let category = isWanted ? scalar.properties.generalCategory : .unassigned
        table[value] = Self.standIn(category, isShort: value < 0x10000)
        isEmpty = false
      }
    }
  }

  /// An old character of the category, of three bytes in UTF-8 or of four.
  private static func standIn(_ category: Unicode.GeneralCategory, isShort: Bool) -> UInt32 {
    switch category {
    case .uppercaseLetter: isShort ? 0x1E00 : 0x10400
    case .lowercaseLetter: isShort ? 0x1E01 : 0x10428
    case .modifierLetter: isShort ? 0x1D2C : 0x16B40
    case .otherLetter, .titlecaseLetter: isShort ? 0x3400 : 0x20000
    case .nonspacingMark, .enclosingMark: isShort ? 0x1AB0 : 0x101FD
    case .spacingMark: isShort ? 0x1B35 : 0x11000
    case .decimalNumber: isShort ? 0x0E50 : 0x104A0
    case .letterNumber: isShort ? 0x2160 : 0x10140
    case .otherNumber: isShort ? 0x2460 : 0x10107
    case .connectorPunctuation: 0x203F
    case .dashPunctuation: isShort ? 0x2010 : 0x10100
    case .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
      .otherPunctuation:
      isShort ? 0x2020 : 0x10100
    case .mathSymbol: isShort ? 0x2200 : 0x1D6C1
    case .currencySymbol: isShort ? 0x20A0 : 0x1F300
    case .modifierSymbol: isShort ? 0x1FBD : 0x1F3FB
    case .otherSymbol: isShort ? 0x2300 : 0x1F300
    case .format: isShort ? 0x2060 : 0xE0020
    default: isShort ? 0xFFF0 : 0x50000
    }
  }

  /// A copy of `text` of the same length with all such characters replaced; nil where it has none.
  func replacing(in text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    guard !isEmpty else { return nil }
    var copy: [UInt8]?
    var index = 0
    while index < text.count {
      // Characters of one or two bytes are all old.
      guard text[index] >= 0xE0 else {
        index += 1
        continue
      }
      let (value, width) = text.scalar(at: index)
      let standIn = table[value]
      if standIn != ScalarMap.absent {
        var bytes: [UInt8] = []
        bytes.append(scalar: standIn)
        if copy == nil { copy = Array(text) }
        if bytes.count == width { copy?.replaceSubrange(index..<index + width, with: bytes) }
      }
      index += width
    }
    return copy
  }
}
