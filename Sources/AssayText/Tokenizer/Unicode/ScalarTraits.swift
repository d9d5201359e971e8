/// What the parts of the `tokenizers` library (0.23) think of a character.
///
/// They are built on different versions of Unicode: its normalisation knows 9.0, its categories 8.0,
/// Rust's own tests the newest. A character that is younger than a part is unassigned to it; this is
/// what `Unicode.Scalar.Properties.age` is asked for here. Checked against the library for every
/// scalar there is.
struct ScalarTraits: OptionSet, Sendable {
  let rawValue: UInt8

  /// `char::is_whitespace`.
  static let space = ScalarTraits(rawValue: 1)
  /// ASCII punctuation, or a category of punctuation in Unicode 8.
  static let punctuation = ScalarTraits(rawValue: 2)
  /// `char::is_numeric`: Nd, Nl, No.
  static let numeric = ScalarTraits(rawValue: 4)
  /// What `BertNormalizer` removes as a control character.
  static let control = ScalarTraits(rawValue: 8)
  /// Mn in Unicode 8: what `BertNormalizer` calls an accent.
  static let nonspacing = ScalarTraits(rawValue: 16)
  /// A mark in Unicode 9: what `StripAccents` removes.
  static let mark = ScalarTraits(rawValue: 32)
  /// `\w` of Rust's regular expressions (Unicode Technical Standard 18, annex C), in Unicode 16.
  static let word = ScalarTraits(rawValue: 64)

  /// The traits of `scalar`.
  @inline(__always)
  static func of(_ scalar: UInt32) -> ScalarTraits {
    scalar < 0x20000 ? table[Int(scalar)] : Unicode.Scalar(scalar).map(computed) ?? []
  }

  private static let table: [ScalarTraits] = (UInt32(0)..<0x20000).map {
    Unicode.Scalar($0).map(computed) ?? []
  }

  private static func computed(_ scalar: Unicode.Scalar) -> ScalarTraits {
    var traits: ScalarTraits = []
    let properties = scalar.properties
    let category = properties.generalCategory
    guard category != .unassigned else { return [] }
    if properties.isWhitespace { traits.insert(.space) }
    switch category {
    case .decimalNumber, .letterNumber, .otherNumber: traits.insert(.numeric)
    case .control, .format, .privateUse:
      if isAssigned(scalar, in: 8), !"\t\n\r".unicodeScalars.contains(scalar) {
        traits.insert(.control)
      }
    default: break
    }
    if isMark(scalar, category) { traits.insert(.mark) }
    if isNonspacing(scalar, category) { traits.insert(.nonspacing) }
    if isPunctuation(scalar, category) { traits.insert(.punctuation) }
    if isWord(scalar, category) { traits.insert(.word) }
    return traits
  }

  private static func isWord(
    _ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory
  ) -> Bool {
    guard isAssigned(scalar, in: 16) else { return false }
    switch category {
    case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark:
      return true
    default: return scalar.properties.isAlphabetic || scalar.properties.isJoinControl
    }
  }

  private static func isMark(
    _ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory
  ) -> Bool {
    // The category of some characters has changed since.
    switch scalar.value {
    case 0x1CF2, 0x1CF3: return true
    case 0x111C9: return false
    default: break
    }
    switch category {
    case .nonspacingMark, .spacingMark, .enclosingMark: return isAssigned(scalar, in: 9)
    default: return false
    }
  }

  private static func isNonspacing(
    _ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory
  ) -> Bool {
    switch scalar.value {
    case 0x1734, 0x1171E: return true
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: return false
    default: return category == .nonspacingMark && isAssigned(scalar, in: 8)
    }
  }

  private static func isPunctuation(
    _ scalar: Unicode.Scalar, _ category: Unicode.GeneralCategory
  ) -> Bool {
    if scalar.isASCII {
      return scalar.value > 0x20 && scalar.value < 0x7F
        && !(scalar.properties.isAlphabetic || category == .decimalNumber)
    }
    if scalar.value == 0x166D || scalar.value == 0x111C9 { return true }
    switch category {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return isAssigned(scalar, in: 8)
    default: return false
    }
  }

  /// Whether `scalar` was assigned in version `major`.0 of Unicode.
  static func isAssigned(_ scalar: Unicode.Scalar, in major: Int) -> Bool {
    guard let age = scalar.properties.age else { return false }
    return age.major < major || (age.major == major && age.minor == 0)
  }
}
