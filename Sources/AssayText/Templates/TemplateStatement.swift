/// A statement of a template with the line it begins on.
struct TemplateStatement: Sendable {
  indirect enum Kind: Sendable {
    case text(String)
    case output([TemplateExpression])
    case branches(
      [(condition: TemplateExpression, body: [TemplateStatement])],
      otherwise: [TemplateStatement])
    case loop(TemplateLoop)
    case breakLoop
    case continueLoop
    case assign(TemplateTarget, TemplateExpression)
    /// `{% set x %}…{% endset %}`; the steps are filters.
    case assignBlock(TemplateTarget, [TemplateStep], [TemplateStatement])
    case filterBlock([TemplateStep], [TemplateStatement])
    case macro(TemplateMacro)
    /// `{% call m() %}…{% endcall %}`: what is called, its arguments, and the body as `caller`.
    case callBlock(TemplateExpression, TemplateCallArguments, TemplateMacro)
    case with([(target: TemplateTarget, value: TemplateExpression)], [TemplateStatement])
    /// A body whose assignments stay inside: `{% generation %}`.
    case scope([TemplateStatement])
  }

  var line: Int
  var kind: Kind
}

/// A `for` statement.
struct TemplateLoop: Sendable {
  var target: TemplateTarget
  var items: TemplateExpression
  var condition: TemplateExpression?
  var body: [TemplateStatement]
  var otherwise: [TemplateStatement]
}

/// What can be assigned to.
indirect enum TemplateTarget: Sendable {
  case name(String)
  case attribute(String, String)
  case tuple([TemplateTarget])
}

/// A macro as it is written.
struct TemplateMacro: Sendable {
  var name: String
  var parameters: [(name: String, preset: TemplateExpression?)]
  var body: [TemplateStatement]
  /// Which of `varargs`, `kwargs` and `caller` the body reads.
  var usesVarargs = false
  var usesKwargs = false
  var usesCaller = false
}
