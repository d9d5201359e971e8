/// Colours and weights for text on a terminal; plain text anywhere else.
struct Ink {
  var enabled: Bool

  init(_ console: Console) {
    enabled = console.isTerminal
  }

  func bold(_ text: String) -> String { styled(text, "1") }
  func faint(_ text: String) -> String { styled(text, "2") }
  func good(_ text: String) -> String { styled(text, "32") }
  func bad(_ text: String) -> String { styled(text, "31") }
  func wait(_ text: String) -> String { styled(text, "33") }
  func accent(_ text: String) -> String { styled(text, "36") }

  /// A horizontal rule with a title in it, as wide as the summaries are.
  func rule(_ title: String) -> String {
    let dashes = String(repeating: "─", count: max(4, 72 - title.count - 4))
    return faint("── ") + bold(title) + faint(" " + dashes)
  }

  /// `text` broken between words into lines of at most `width` characters.
  static func wrapped(_ text: String, width: Int = 72) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }

  private func styled(_ text: String, _ code: String) -> String {
    enabled ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
  }
}
