import AssayCore

/// What stopped a template, before the line is known; `ChatTemplate` turns it into an `AssayError`.
struct TemplateFailure: Error {
  var code: AssayError.Code
  var message: String
  var hint: String

  /// The template or what it was given does not work, as Jinja would say too.
  init(_ message: String, hint: String = "correct the template, or the messages given to it") {
    code = .badInput
    self.message = message
    self.hint = hint
  }

  private init(_ code: AssayError.Code, _ message: String, hint: String) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  /// The text is no template.
  static func syntax(_ message: String) -> TemplateFailure {
    TemplateFailure(.corrupt, message, hint: "correct the template, or fetch the file again")
  }

  /// Jinja has it and this interpreter does not.
  static func unsupported(_ what: String) -> TemplateFailure {
    TemplateFailure(
      .unsupported, "\(what) is not supported in chat templates",
      hint: "write the template without it")
  }

  /// A limit that keeps hostile templates from hanging or filling memory.
  static func limit(_ what: String) -> TemplateFailure {
    TemplateFailure(
      .budget, what, hint: "make the template simpler, or the chat shorter")
  }

  /// The template called `raise_exception`.
  static func raised(_ message: String) -> TemplateFailure {
    TemplateFailure(
      .badInput, message, hint: "the template refuses these messages; change them to what it asks")
  }

  /// The error for users, with the line of the template (from 1).
  func error(line: Int) -> AssayError {
    AssayError(code, "chat template, line \(line): \(message)", hint: hint)
  }
}
