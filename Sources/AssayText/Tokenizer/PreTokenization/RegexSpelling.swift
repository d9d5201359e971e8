import AssayCore

/// Writes patterns of Oniguruma, which the `tokenizers` library uses, as PCRE2 understands them.
///
/// To PCRE2 `\s` would hold U+180E and `\w` no mark; the shorthands are written out. What differs and
/// cannot be written another way is refused: sets within sets, `&&`, an interval with `+` (possessive
/// to PCRE2, repeated to Oniguruma) and the option `m`.
enum RegexSpelling {
  /// Unicode's White_Space, as the inside of a class.
  private static let space =
    #"\x{9}-\x{D}\x{20}\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"#

  /// Alphabetic characters, marks, digits and connectors, as the inside of a class.
  ///
  /// The numbers are superscripts and fractions of Latin-1 and letters in circles and squares.
  private static let word =
    #"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE}\x{24B6}-\x{24E9}"#
    + #"\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}"#

  /// `pattern` for PCRE2; throws `AssayError(.unsupported)` for what it would understand otherwise.
  static func pcre2(_ pattern: String) throws -> String {
    var out = ""
    var inClass = false
    var inName = false
    let scalars = Array(pattern.unicodeScalars)
    var index = 0
    func next(_ offset: Int = 1) -> Unicode.Scalar? {
      scalars.indices.contains(index + offset) ? scalars[index + offset] : nil
    }
    while index < scalars.count {
      let scalar = scalars[index]
      switch scalar {
      case "\\":
        guard let escaped = next() else { break }
        out += shorthand(escaped, inClass: inClass) ?? "\\" + String(escaped)
        index += 2
        // The braces of \p{…}, \x{…} and the like are no interval.
        if next(0) == "{", "pPxokg".unicodeScalars.contains(escaped) {
          while let part = next(0) {
            out.unicodeScalars.append(part)
            index += 1
            if part == "}" { break }
          }
        }
        continue
      case "[" where inClass:
        guard next() == ":" else { throw refused("a set within a set", pattern) }
        inName = true
      case "[":
        inClass = true
        // A bracket that comes first in a set is one of its members.
        out.append("[")
        index += 1
        if next(0) == "^" {
          out.append("^")
          index += 1
        }
        if next(0) == "]" {
          out.append(#"\]"#)
          index += 1
        }
        continue
      case "]" where inName: inName = false
      case "]": inClass = false
      case "&" where inClass && next() == "&": throw refused("an intersection of sets", pattern)
      case "{" where !inClass:
        let inside = scalars[(index + 1)...].prefix { $0 == "," || ("0"..."9").contains($0) }
        guard !inside.isEmpty, next(inside.count + 1) == "}" else { break }
        if next(inside.count + 2) == "+" { throw refused("an interval followed by '+'", pattern) }
        if inside.first == "," {
          out += "{0"
          index += 1
          continue
        }
      case "(" where !inClass && next() == "?":
        let options = scalars[(index + 2)...].prefix { ("a"..."z").contains($0) || $0 == "-" }
        let end = next(options.count + 2)
        if options.contains("m"), end == ")" || end == ":" {
          throw refused("the option 'm'", pattern)
        }
      default: break
      }
      out.unicodeScalars.append(scalar)
      index += 1
    }
    return out
  }

  private static func shorthand(_ escaped: Unicode.Scalar, inClass: Bool) -> String? {
    switch (escaped, inClass) {
    case ("s", true): space
    case ("s", false): "[" + space + "]"
    case ("S", false): "[^" + space + "]"
    case ("w", true): word
    case ("w", false): "[" + word + "]"
    case ("W", false): "[^" + word + "]"
    case ("h", true): "0-9a-fA-F"
    case ("h", false): "[0-9a-fA-F]"
    case ("H", false): "[^0-9a-fA-F]"
    default: nil
    }
  }

  private static func refused(_ what: String, _ pattern: String) -> AssayError {
    AssayError(
      .unsupported, "cannot use the split pattern '\(pattern.prefix(200))': it has \(what)",
      hint: "write the pattern without it")
  }
}
