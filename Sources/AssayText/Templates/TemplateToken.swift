/// A piece of a template, with the line it begins on (from 1).
struct TemplateToken: Sendable {
  enum Kind: Equatable, Sendable {
    /// Text outside of tags.
    case data(String)
    case variableBegin, variableEnd
    case blockBegin, blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case symbol(String)
    case end
  }

  var kind: Kind
  var line: Int

  /// The token as messages name it.
  var description: String {
    switch kind {
    case .data: "text"
    case .variableBegin: "'{{'"
    case .variableEnd: "'}}'"
    case .blockBegin: "'{%'"
    case .blockEnd: "'%}'"
    case .name(let name): "'\(name)'"
    case .string: "a string"
    case .integer, .float: "a number"
    case .symbol(let symbol): "'\(symbol)'"
    case .end: "the end of the template"
    }
  }
}
