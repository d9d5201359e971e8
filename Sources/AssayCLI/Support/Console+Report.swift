/// What reports in a terminal are made of.
extension Console {
  /// Writes an empty line and a heading.
  func heading(_ text: String) {
    line()
    line(Ink(self).bold(text))
  }

  /// Writes a table's lines, the first of them faint.
  func table(_ lines: [String]) {
    for (number, text) in lines.enumerated() { line(number == 0 ? Ink(self).faint(text) : text) }
  }

  /// Writes a text behind a bullet of two columns, wrapped to `width` columns and to `most` lines.
  func item(_ text: String, bullet: String = "- ", width: Int = 70, most: Int = .max) {
    for (number, part) in Ink.wrapped(text, width: width).prefix(most).enumerated() {
      line((number == 0 ? bullet : "  ") + part)
    }
  }
}
