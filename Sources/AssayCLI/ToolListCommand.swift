import ArgumentParser
import AssayArena
import AssayCore
import AssayGame

/// `assay tool list`: which tools there are and what they take.
struct ToolListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the tools with their arguments.",
    discussion: """
      Example:
        assay tool list --json
      """)

  @OptionGroup var output: OutputOptions

  func run() throws {
    let console = Console.current
    if output.json {
      try console.json(Catalog.tools.map(Listed.init))
      return
    }
    for tool in Catalog.tools {
      console.line("\(tool.name)  \(tool.summary)")
      for parameter in tool.schema {
        let given =
          parameter.required
          ? "required"
          : parameter.defaultValue.map { "default \(Self.text($0))" } ?? "optional"
        console.line(
          "    \(parameter.name): \(parameter.kind.rawValue), \(given); \(parameter.summary)")
      }
    }
  }

  private static func text(_ value: JSONValue) -> String {
    (try? CanonicalJSON.data(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private struct Listed: Encodable {
    var name: String
    var summary: String
    var naturalText: Bool
    var writtenInputs: Bool
    var arguments: [ToolParameter]

    init(_ tool: ToolEntry) {
      name = tool.name
      summary = tool.summary
      naturalText = tool.naturalText
      writtenInputs = tool.writtenInputs
      arguments = tool.schema
    }
  }
}
