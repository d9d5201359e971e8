import ArgumentParser
import AssayCore
import Foundation

/// The `--option key=value` flags of an attack or control.
///
/// A value is read as JSON when it is JSON (`steps=200`, `enabled=true`) and as text otherwise
/// (`relation=country.capital`, `filter=continent=Africa`).
struct OptionAssignments: ParsableArguments {
  @Option(
    name: .customLong("option"), parsing: .singleValue,
    help: ArgumentHelp(
      "An option of the attack; may be repeated.",
      valueName: "key=value"))
  var assignments: [String] = []

  /// All assignments as one object; an assignment without `=` is a usage error.
  func object() throws -> JSONValue {
    var result: [String: JSONValue] = [:]
    for assignment in assignments {
      guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
        throw AssayError(
          .usage, "option '\(assignment)' is not of the form key=value",
          hint: "write for example --option relation=country.capital")
      }
      let key = String(assignment[..<equals])
      guard result[key] == nil else {
        throw AssayError(.usage, "option '\(key)' is given twice", hint: "give it once")
      }
      result[key] = Self.value(String(assignment[assignment.index(after: equals)...]))
    }
    return .object(result)
  }

  private static func value(_ text: String) -> JSONValue {
    (try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))) ?? .string(text)
  }
}
