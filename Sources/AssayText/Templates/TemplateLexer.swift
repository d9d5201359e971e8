/// Cuts a template into tokens as Jinja's lexer does with trim_blocks and lstrip_blocks set, as
/// transformers sets them: the newline after a block tag goes, and so does white space before one at
/// the start of a line.
struct TemplateLexer {
  private enum Tag { case variable, block, comment, raw }

  private let source: [Unicode.Scalar]
  private var position = 0
  /// The line of `position`.
  private(set) var line = 1
  private var tokens: [TemplateToken] = []
  /// Whether what was read last ended in a newline.
  private var isLineStart = true

  /// The tokens of `text`, ending in `.end`; failures carry the line in `line`.
  init(_ text: String) {
    // Newlines become "\n", and one at the very end goes.
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(text.utf8.count)
    var previous: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      if scalar == "\n", previous == "\r" {
        previous = scalar
        continue
      }
      scalars.append(scalar == "\r" ? "\n" : scalar)
      previous = scalar
    }
    if scalars.last == "\n" { scalars.removeLast() }
    source = scalars
  }

  mutating func run() throws -> [TemplateToken] {
    while position < source.count {
      guard let (place, tag) = nextTag() else {
        emit(text(position..<source.count))
        break
      }
      try begin(tag, at: place)
    }
    tokens.append(TemplateToken(kind: .end, line: line))
    return tokens
  }

  // MARK: - Text and the edges of tags

  private func text(_ range: Range<Int>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: source[range])
    return String(text)
  }

  private func has(_ word: String, at place: Int) -> Bool {
    var place = place
    for scalar in word.unicodeScalars {
      guard place < source.count, source[place] == scalar else { return false }
      place += 1
    }
    return true
  }

  private func afterSpace(_ place: Int) -> Int {
    var place = place
    while place < source.count, source[place].isPythonSpace { place += 1 }
    return place
  }

  private mutating func emit(_ text: String) {
    if !text.isEmpty { tokens.append(TemplateToken(kind: .data(text), line: line)) }
  }

  /// Goes on to `place`, counting lines.
  private mutating func move(to place: Int) {
    for index in position..<place where source[index] == "\n" { line += 1 }
    if place > position { isLineStart = source[place - 1] == "\n" }
    position = place
  }

  private func nextTag() -> (Int, Tag)? {
    var place = position
    while place + 1 < source.count {
      if source[place] == "{" {
        switch source[place + 1] {
        case "{": return (place, .variable)
        case "%": return (place, rawEnd(at: place) == nil ? .block : .raw)
        case "#": return (place, .comment)
        default: break
        }
      }
      place += 1
    }
    return nil
  }

  /// Where the text after `{% raw %}` at `place` begins, nil when another tag is there.
  private func rawEnd(at place: Int) -> Int? {
    var next = place + 2
    if next < source.count, source[next] == "-" || source[next] == "+" { next += 1 }
    next = afterSpace(next)
    guard has("raw", at: next) else { return nil }
    next = afterSpace(next + 3)
    if has("-%}", at: next) { return afterSpace(next + 3) }
    return has("%}", at: next) ? next + 2 : nil
  }

  /// The text before a tag at `place`, cut as the tag's sign and the options ask.
  private func before(_ place: Int, isVariable: Bool) -> String {
    var end = place
    let sign = place + 2 < source.count ? source[place + 2] : " "
    if sign == "-" {
      while end > position, source[end - 1].isPythonSpace { end -= 1 }
    } else if sign != "+", !isVariable {
      var start = end
      while start > position, source[start - 1] != "\n" { start -= 1 }
      if start > position || isLineStart, source[start..<end].allSatisfy(\.isPythonSpace) {
        end = start
      }
    }
    return text(position..<end)
  }

  private mutating func begin(_ tag: Tag, at place: Int) throws {
    emit(before(place, isVariable: tag == .variable))
    let raw = tag == .raw ? rawEnd(at: place) : nil
    var next = place + 2
    if next < source.count, source[next] == "-" || source[next] == "+" { next += 1 }
    move(to: raw ?? next)
    switch tag {
    case .variable: try inside(.variableBegin)
    case .block: try inside(.blockBegin)
    case .comment: try comment()
    case .raw: try rawText()
    }
  }

  private mutating func comment() throws {
    var place = position
    while place + 1 < source.count {
      if let end = end("#}", at: place) {
        move(to: end)
        return
      }
      place += 1
    }
    throw TemplateFailure.syntax("a comment without its '#}'")
  }

  /// Where the text after an end tag at `place` goes on, nil when there is none.
  private func end(_ tag: String, at place: Int) -> Int? {
    if has("+" + tag, at: place) { return place + 3 }
    if has("-" + tag, at: place) { return afterSpace(place + 3) }
    guard has(tag, at: place) else { return nil }
    return has("\n", at: place + 2) ? place + 3 : place + 2
  }

  private mutating func rawText() throws {
    for place in position..<max(position, source.count - 1) where has("{%", at: place) {
      var next = place + 2
      if next < source.count, source[next] == "-" || source[next] == "+" { next += 1 }
      next = afterSpace(next)
      guard has("endraw", at: next), let end = end("%}", at: afterSpace(next + 6)) else { continue }
      emit(before(place, isVariable: false))
      move(to: end)
      return
    }
    throw TemplateFailure.syntax("a raw block without its '{% endraw %}'")
  }

  // MARK: - Inside tags

  private mutating func inside(_ kind: TemplateToken.Kind) throws {
    tokens.append(TemplateToken(kind: kind, line: line))
    let isBlock = kind == .blockBegin
    var open: [Unicode.Scalar] = []
    while position < source.count {
      if open.isEmpty, let end = tagEnd(isBlock: isBlock) {
        tokens.append(TemplateToken(kind: isBlock ? .blockEnd : .variableEnd, line: line))
        move(to: end)
        return
      }
      let scalar = source[position]
      if scalar.isPythonSpace {
        move(to: afterSpace(position))
      } else if scalar.isDigit {
        try number()
      } else if scalar.isWord {
        try name()
      } else if scalar == "'" || scalar == "\"" {
        try string(scalar)
      } else {
        try symbol(&open)
      }
    }
  }

  private func tagEnd(isBlock: Bool) -> Int? {
    if isBlock { return end("%}", at: position) }
    if has("-}}", at: position) { return afterSpace(position + 3) }
    return has("}}", at: position) ? position + 2 : nil
  }

  private mutating func emit(_ kind: TemplateToken.Kind, to place: Int) {
    tokens.append(TemplateToken(kind: kind, line: line))
    move(to: place)
  }

  private mutating func name() throws {
    var end = position
    while end < source.count, source[end].isWord { end += 1 }
    guard source[position] == "_" || source[position].properties.isXIDStart else {
      throw TemplateFailure.syntax("a name with a character that names cannot have")
    }
    emit(.name(text(position..<end)), to: end)
  }

  private mutating func symbol(_ open: inout [Unicode.Scalar]) throws {
    for symbol in ["//", "**", "==", "!=", ">=", "<="] where has(symbol, at: position) {
      emit(.symbol(symbol), to: position + 2)
      return
    }
    let scalar = source[position]
    switch scalar {
    case "(": open.append(")")
    case "[": open.append("]")
    case "{": open.append("}")
    case ")", "]", "}":
      guard open.popLast() == scalar else {
        throw TemplateFailure.syntax("'\(scalar)' closes nothing")
      }
    case "+", "-", "/", "*", "%", "~", ">", "<", "=", ".", ":", "|", ",", ";": break
    default: throw TemplateFailure.syntax("unexpected '\(scalar)'")
    }
    emit(.symbol(String(scalar)), to: position + 1)
  }

  private mutating func string(_ quote: Unicode.Scalar) throws {
    var end = position + 1
    while end < source.count, source[end] != quote { end += source[end] == "\\" ? 2 : 1 }
    guard end < source.count else { throw TemplateFailure.syntax("a string without its end") }
    emit(.string(try PythonText.unescape(source[(position + 1)..<end])), to: end + 1)
  }
}

// MARK: - Numbers

extension TemplateLexer {
  /// Digits from `place` with single underscores between them; nil where there are none.
  private func digits(from place: Int, _ accepts: (Unicode.Scalar) -> Bool = \.isDigit) -> Int? {
    guard place < source.count, accepts(source[place]) else { return nil }
    var end = place + 1
    while end < source.count {
      if accepts(source[end]) {
        end += 1
      } else if source[end] == "_", end + 1 < source.count, accepts(source[end + 1]) {
        end += 2
      } else {
        break
      }
    }
    return end
  }

  private mutating func number() throws {
    if let end = floatEnd() {
      guard let value = Double(text(position..<end).replacing("_", with: "")) else {
        throw TemplateFailure.syntax("a number that cannot be read")
      }
      emit(.float(value), to: end)
      return
    }
    var end = position + 1
    var radix = 10
    if source[position] == "0" {
      let marks: [(Unicode.Scalar, Int)] = [("b", 2), ("o", 8), ("x", 16)]
      for (mark, base) in marks where end < source.count {
        guard source[end] == mark || source[end].properties.lowercaseMapping == String(mark) else {
          continue
        }
        let start = end + 1 < source.count && source[end + 1] == "_" ? end + 2 : end + 1
        let accepts = { (scalar: Unicode.Scalar) in
          Character(scalar).isASCII && (Character(scalar).hexDigitValue ?? 99) < base
        }
        if let last = digits(from: start, accepts) {
          radix = base
          end = last
        }
        break
      }
      if radix == 10 { end = digits(from: position, { $0 == "0" }) ?? end }
    } else {
      end = digits(from: position) ?? end
    }
    let written = text((radix == 10 ? position : position + 2)..<end).replacing("_", with: "")
    guard let value = Int(written, radix: radix) else {
      throw TemplateFailure.unsupported("a whole number beyond 64 bits")
    }
    emit(.integer(value), to: end)
  }

  /// Where the float at `position` ends, nil when none is there.
  private func floatEnd() -> Int? {
    if position > 0, source[position - 1] == "." { return nil }
    guard let whole = digits(from: position) else { return nil }
    var end = whole
    if end < source.count, source[end] == ".", let fraction = digits(from: end + 1) {
      end = fraction
    }
    if end < source.count, source[end] == "e" || source[end] == "E" {
      var exponent = end + 1
      if exponent < source.count, source[exponent] == "+" || source[exponent] == "-" {
        exponent += 1
      }
      if let last = digits(from: exponent) { end = last }
    }
    return end > whole ? end : nil
  }
}
