import Foundation

/// Python's notions of text that differ from Swift's: code points, white space, escapes.
enum PythonText {
  /// The text of a string literal between its quotes.
  ///
  /// Escapes that Python does not know stay as they are.
  static func unescape(_ source: ArraySlice<Unicode.Scalar>) throws -> String {
    var out = String.UnicodeScalarView()
    var index = source.startIndex
    while index < source.endIndex {
      let scalar = source[index]
      index += 1
      guard scalar == "\\", index < source.endIndex else {
        out.append(scalar)
        continue
      }
      let mark = source[index]
      index += 1
      switch mark {
      case "\n": break
      case "\\", "'", "\"": out.append(mark)
      case "n": out.append("\n")
      case "t": out.append("\t")
      case "r": out.append("\r")
      case "a": out.append("\u{07}")
      case "b": out.append("\u{08}")
      case "f": out.append("\u{0C}")
      case "v": out.append("\u{0B}")
      case "x": out.append(try code(source, &index, digits: 2))
      case "u": out.append(try code(source, &index, digits: 4))
      case "U": out.append(try code(source, &index, digits: 8))
      case "N": throw TemplateFailure.unsupported("a character by its name ('\\N{…}')")
      case "0"..."7":
        var value = mark.value - 48
        var count = 1
        while count < 3, index < source.endIndex, ("0"..."7").contains(source[index]) {
          value = value * 8 + source[index].value - 48
          index += 1
          count += 1
        }
        out.append(Unicode.Scalar(value) ?? "\u{FFFD}")
      default:
        out.append("\\")
        out.append(mark)
      }
    }
    return String(out)
  }

  private static func code(
    _ source: ArraySlice<Unicode.Scalar>, _ index: inout Int, digits: Int
  ) throws -> Unicode.Scalar {
    var value: UInt32 = 0
    for _ in 0..<digits {
      guard index < source.endIndex, source[index].isASCII,
        let digit = Character(source[index]).hexDigitValue
      else { throw TemplateFailure.syntax("a truncated escape in a string") }
      value = value &* 16 &+ UInt32(digit)
      index += 1
    }
    guard let scalar = Unicode.Scalar(value) else {
      throw TemplateFailure.syntax("an escape in a string that is no character")
    }
    return scalar
  }

  /// The scalars of `text` from `range`, counted in code points.
  static func slice(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var out = String.UnicodeScalarView()
    out.append(contentsOf: scalars)
    return String(out)
  }

  /// `repr` of a string.
  static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar =
      text.unicodeScalars.contains("'") && !text.unicodeScalars.contains("\"") ? "\"" : "'"
    var out = String.UnicodeScalarView()
    out.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\", quote:
        out.append("\\")
        out.append(scalar)
      case "\n": out.append(contentsOf: "\\n".unicodeScalars)
      case "\r": out.append(contentsOf: "\\r".unicodeScalars)
      case "\t": out.append(contentsOf: "\\t".unicodeScalars)
      case _ where scalar.isPrintable: out.append(scalar)
      default:
        let hex = String(scalar.value, radix: 16)
        let (mark, width) =
          scalar.value < 0x100 ? ("\\x", 2) : scalar.value < 0x10000 ? ("\\u", 4) : ("\\U", 8)
        out.append(contentsOf: mark.unicodeScalars)
        out.append(contentsOf: String(repeating: "0", count: width - hex.count).unicodeScalars)
        out.append(contentsOf: hex.unicodeScalars)
      }
    }
    out.append(quote)
    return String(out)
  }

  /// `repr` of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16.
  static func float(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    // Swift finds the same digits and writes some exponents at other sizes.
    var digits: [Character] = []
    var point = 0
    let parts = abs(value).description.split(separator: "e")
    var seenPoint = false
    for character in parts[0] {
      if character == "." {
        seenPoint = true
      } else {
        digits.append(character)
        if !seenPoint { point += 1 }
      }
    }
    if parts.count > 1 { point += Int(parts[1]) ?? 0 }
    while digits.count > 1, digits.first == "0" {
      digits.removeFirst()
      point -= 1
    }
    while digits.count > 1, digits.last == "0" { digits.removeLast() }
    let sign = value.sign == .minus ? "-" : ""
    if value == 0 { return sign + "0.0" }
    if point > 16 || point < -3 {
      let exponent = abs(point - 1)
      let fraction = digits.count > 1 ? "." + String(digits[1...]) : ""
      return "\(sign)\(digits[0])\(fraction)e\(point > 0 ? "+" : "-")"
        + (exponent < 10 ? "0" : "") + "\(exponent)"
    }
    if point <= 0 {
      return sign + "0." + String(repeating: "0", count: -point) + String(digits)
    }
    if point >= digits.count {
      return sign + String(digits) + String(repeating: "0", count: point - digits.count) + ".0"
    }
    return sign + String(digits[..<point]) + "." + String(digits[point...])
  }

  /// Text in which nothing is markup any more, as MarkupSafe escapes it.
  static func escaped(_ text: String) -> String {
    var out = ""
    out.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "'": out += "&#39;"
      case "\"": out += "&#34;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

extension Unicode.Scalar {
  /// What `str.isspace` and `\s` accept.
  var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default: false
    }
  }

  /// What `str.splitlines` parts lines at.
  var isPythonNewline: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  /// An ASCII digit.
  var isDigit: Bool { ("0"..."9").contains(self) }

  /// What `str.isalnum` accepts.
  var isAlphanumeric: Bool { isLetter || properties.numericType != nil }

  /// What `str.isalpha` accepts.
  var isLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// What can be part of a name.
  var isWord: Bool { self == "_" || isAlphanumeric || properties.isXIDContinue }

  /// What `repr` writes as it is.
  var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: self == " "
    default: true
    }
  }
}
