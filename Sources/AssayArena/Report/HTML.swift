/// Markup in which every interpolated text is escaped unless it is markup itself.
///
/// `"<td>\(answer)</td>"` is safe whatever the model answered: a `String` goes in escaped, only
/// another `HTML` goes in as it is. There is no way to write text into a page without passing here.
public struct HTML: ExpressibleByStringInterpolation, Sendable {
  /// The markup as text.
  public private(set) var text: String

  /// Markup written in the source code, not coming from data.
  public init(stringLiteral value: String) {
    text = value
  }

  /// Markup with escaped values in it.
  public init(stringInterpolation: StringInterpolation) {
    text = stringInterpolation.text
  }

  /// Pieces one after the other, with line breaks between them.
  public init(_ pieces: [HTML]) {
    text = pieces.map(\.text).joined(separator: "\n")
  }

  /// Collects the pieces of an interpolated literal.
  public struct StringInterpolation: StringInterpolationProtocol, Sendable {
    fileprivate var text = ""

    /// Starts with room for the literal.
    public init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    /// Adds markup.
    public mutating func appendLiteral(_ literal: String) {
      text += literal
    }

    /// Adds text, escaped for element content and for quoted attributes.
    public mutating func appendInterpolation(_ value: String) {
      text += HTML.escaped(value)
    }

    /// Adds a whole number.
    public mutating func appendInterpolation(_ value: Int) {
      text += String(value)
    }

    /// Adds markup.
    public mutating func appendInterpolation(_ value: HTML) {
      text += value.text
    }

    /// Adds pieces of markup, one after the other.
    public mutating func appendInterpolation(_ values: [HTML]) {
      text += HTML(values).text
    }

    /// Adds markup if there is some.
    public mutating func appendInterpolation(_ value: HTML?) {
      text += value?.text ?? ""
    }
  }

  /// `text` with the five characters that mean something in markup replaced, and with control
  /// characters, which no page may hold, made visible.
  public static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0x7f: result += "\u{fffd}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
