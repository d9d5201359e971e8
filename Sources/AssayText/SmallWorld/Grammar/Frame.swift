import AssayCore

/// A sentence structure with places for a subject, a noun and an object.
///
/// Written as a template: `{S}` subject, `{SN}` subject's noun, `{NS}` noun of subject, `{N}` noun,
/// `{its}` possessive, `{O}` object with its article, `{o}` object bare. `^` before a name
/// capitalises. `=>` parts what a user asks from what the assistant says.
struct Frame: Sendable {
  /// Where a frame may stand.
  enum Form: Sendable { case prose, table, dialogue, chat }

  enum Part: Sendable {
    case text(String)
    case subject, subjectNoun, nounOfSubject, noun, possessive, object, bareObject
    /// The next part starts a sentence.
    case capital
    /// The turn of the user ends and the assistant's begins.
    case turn
  }

  let id: String
  let form: Form
  let isUnseen: Bool
  let takesOpener: Bool
  let needsNoun: Bool
  /// Whether nothing but punctuation follows the object, so that the frame can ask for it.
  let endsWithObject: Bool
  let parts: [Part]
  let hash: UInt64
  /// The sentence itself, by which one frame is found inside another.
  let core: [UInt8]

  init(_ id: String, _ form: Form, _ template: String, isUnseen: Bool = false) {
    self.id = id
    self.form = form
    self.isUnseen = isUnseen
    hash = StableHash.of("frame/" + id)
    var core = template.lowercased().filter { $0 != "+" && $0 != "^" }
    while core.hasSuffix(".") { core.removeLast() }
    self.core = Array(core.utf8)
    var rest = Substring(template)
    takesOpener = rest.hasPrefix("+")
    if takesOpener { rest = rest.dropFirst() }
    var parts: [Part] = [.capital]
    while let open = rest.firstIndex(of: "{") {
      if open > rest.startIndex { Self.addText(rest[..<open], to: &parts) }
      guard let close = rest[open...].firstIndex(of: "}") else {
        preconditionFailure("frame \(id): expected } after {, got \(template)")
      }
      var name = rest[rest.index(after: open)..<close]
      if name.hasPrefix("^") {
        parts.append(.capital)
        name = name.dropFirst()
      }
      parts.append(Self.part(String(name), in: id))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { Self.addText(rest, to: &parts) }
    self.parts = parts
    needsNoun = parts.contains {
      switch $0 {
      case .subjectNoun, .nounOfSubject, .noun: true
      default: false
      }
    }
    endsWithObject = Self.endsWithObject(parts)
  }

  /// Whether the relation's noun is the first word.
  var beginsWithNoun: Bool { core.starts(with: "{n".utf8) }

  /// Whether another frame's sentence stands inside this one's.
  func contains(_ other: Frame) -> Bool {
    guard other.core.count <= core.count else { return false }
    return (0...(core.count - other.core.count)).contains {
      core[$0...].starts(with: other.core)
    }
  }

  private static func addText(_ text: Substring, to parts: inout [Part]) {
    let sides = text.split(separator: "=>", omittingEmptySubsequences: false)
    for (number, side) in sides.enumerated() {
      if number > 0 { parts += [.turn, .capital] }
      if !side.isEmpty { parts.append(.text(String(side))) }
    }
  }

  private static func part(_ name: String, in id: String) -> Part {
    switch name {
    case "S": .subject
    case "SN": .subjectNoun
    case "NS": .nounOfSubject
    case "N": .noun
    case "its": .possessive
    case "O": .object
    case "o": .bareObject
    default: preconditionFailure("frame \(id): expected a known part, got {\(name)}")
    }
  }

  private static func endsWithObject(_ parts: [Part]) -> Bool {
    for part in parts.reversed() {
      switch part {
      case .object, .bareObject: return true
      case .text("."): continue
      default: return false
      }
    }
    return false
  }
}
