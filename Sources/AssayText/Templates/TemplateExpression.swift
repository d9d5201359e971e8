/// An expression of a template.
///
/// Chains (`a + b + c`, `a.b[c]|d`) are rows rather than nests, so that
/// only brackets make the tree deep.
indirect enum TemplateExpression: Sendable {
  case constant(TemplateValue)
  case name(String)
  case list([TemplateExpression])
  case tuple([TemplateExpression])
  case dict([(key: TemplateExpression, value: TemplateExpression)])
  case chain(TemplateExpression, [TemplateStep])
  case arithmetic(TemplateExpression, [(symbol: String, operand: TemplateExpression)])
  case concatenation([TemplateExpression])
  case comparison(TemplateExpression, [(symbol: String, operand: TemplateExpression)])
  case and([TemplateExpression])
  case or([TemplateExpression])
  case not(TemplateExpression)
  /// Signs from the outermost to the innermost.
  case signed([String], TemplateExpression)
  /// The first branch whose condition holds, else the other; `line` is for the message.
  case conditional(
    [(condition: TemplateExpression, value: TemplateExpression)], otherwise: TemplateExpression?,
    line: Int)
}

/// What follows a value: an attribute, an index, a call, a filter or a test.
struct TemplateStep: Sendable {
  enum Kind: Sendable {
    case attribute(String)
    case item(TemplateExpression)
    case slice(TemplateExpression?, TemplateExpression?, TemplateExpression?)
    case call(TemplateCallArguments)
    case filter(String, TemplateCallArguments)
    case test(String, TemplateCallArguments, isNegated: Bool)
  }

  var line: Int
  var kind: Kind
}

/// The arguments of a call as they are written.
struct TemplateCallArguments: Sendable {
  var positional: [TemplateExpression] = []
  var keywords: [(name: String, value: TemplateExpression)] = []
  /// `*values`.
  var spread: TemplateExpression?
  /// `**members`.
  var spreadKeywords: TemplateExpression?
}
