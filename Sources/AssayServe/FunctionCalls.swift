import AssayCore
import Foundation

/// Calls of functions in a text, in the form that the Qwen and Hermes models write them in:
/// `<tool_call>{"name": …, "arguments": …}</tool_call>`.
struct FunctionCalls: Sendable {
  /// The calls in OpenAI's form.
  var calls: [JSONValue] = []
  /// The text around them.
  var rest: String

  private static let open = "<tool_call>"
  private static let close = "</tool_call>"

  /// Finds them; what is between the marks and no call stays text.
  init(_ text: String) {
    rest = ""
    var left = text[...]
    while let start = left.range(of: Self.open),
      let end = left.range(of: Self.close, range: start.upperBound..<left.endIndex)
    {
      rest += left[..<start.lowerBound]
      if let call = Self.call(left[start.upperBound..<end.lowerBound], number: calls.count) {
        calls.append(call)
      } else {
        rest += left[start.lowerBound..<end.upperBound]
      }
      left = left[end.upperBound...]
    }
    rest += left
    if !calls.isEmpty { rest = rest.trimmingCharacters(in: .whitespacesAndNewlines) }
  }

  private static func call(_ text: Substring, number: Int) -> JSONValue? {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)),
      let name = value["name"]?.string,
      let arguments = try? CanonicalJSON.string(value["arguments"] ?? [:])
    else { return nil }
    let id = UUID().uuidString.lowercased().prefix(8)
    return [
      "id": .string("call_\(number)_\(id)"), "type": "function",
      "function": ["name": .string(name), "arguments": .string(arguments)],
    ]
  }
}
