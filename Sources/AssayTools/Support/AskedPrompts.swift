import AssayCore
import AssayGame

/// Prompts as a suspect reads them: plain, or as turns of a chat after a system's turn.
enum AskedPrompts {
  /// The parameters that say in which form prompts are put.
  static let parameters = [
    ToolParameter(
      name: "chat", kind: .bool, summary: "whether each prompt is a user's turn of a chat",
      default: false),
    ToolParameter(name: "system", kind: .text, summary: "with chat: the system's turn before"),
  ]

  /// `prompts` in the form that the arguments ask for, each followed by `prefill`.
  ///
  /// Throws `AssayError(.badInput)` for a system's turn without a chat.
  static func make(
    _ prompts: [String], prefill: String = "", _ arguments: JSONValue, tool: String,
    _ suspect: Suspect
  ) throws -> [String] {
    let system = arguments["system"]?.string
    guard arguments["chat"]?.bool == true else {
      guard system == nil else {
        throw AssayError(
          .badInput, "'system' of '\(tool)' belongs to a chat", hint: "set 'chat' to true")
      }
      return prompts.map { $0 + prefill }
    }
    let form = try ChatForm(suspect)
    return try prompts.map { try form.prompt($0, system: system, prefill: prefill) }
  }
}
