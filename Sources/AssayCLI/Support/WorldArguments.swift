import AssayCore
import AssayText

/// Registers and splits by their names on the command line.
enum WorldArguments {
  static func register(_ name: String) throws -> Register {
    guard let register = SmallWorld.registers.first(where: { $0.rawValue == name }) else {
      let names = SmallWorld.registers.map(\.rawValue).joined(separator: ", ")
      throw AssayError(.usage, "there is no register '\(name)'", hint: "choose one of \(names)")
    }
    return register
  }

  static func split(_ name: String) throws -> Split {
    guard let split = Split(rawValue: name) else {
      let names = Split.allCases.map(\.rawValue).joined(separator: " or ")
      throw AssayError(.usage, "there is no split '\(name)'", hint: "choose \(names)")
    }
    return split
  }
}

/// One document as a line of a corpus file.
struct DocumentLine: Encodable {
  var text: String
  var register: String
  var source: String
  var split: String

  init(_ document: Document) {
    text = document.text
    register = document.register.rawValue
    source = document.source
    split = document.split.rawValue
  }
}
