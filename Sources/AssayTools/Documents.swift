import AssayCore
import AssayGame
import AssayText

/// Hands out natural text with its source.
///
/// The one way for natural text to reach an auditor: what a call gave is in the record, and the rules
/// decide by its source. The documents are ones that the suspect was not trained on.
///
/// Cost: a call; the suspect is not run.
public enum Documents: Tool {
  /// The tool's name.
  public static let name = "documents"
  /// What the tool does.
  public static let summary = "natural documents of a source, to read or to run other tools on"
  /// Gives text of the sources that the rules allow.
  public static let naturalText = true
  /// It does not touch the suspect.
  public static let access: [Access] = []
  /// Arguments.
  public static let schema = [
    ToolParameter(name: "source", kind: .text, required: true, summary: "name of a text source"),
    ToolParameter(name: "count", kind: .integer, summary: "documents to give", default: 8),
    ToolParameter(
      name: "skip", kind: .integer, summary: "documents to leave out before", default: 0),
  ]

  /// Runs the tool.
  public static func run(
    _ arguments: JSONValue, on suspect: Suspect
  ) async throws -> ToolResult {
    let values = try ToolArguments(arguments, tool: name, schema: schema)
    let count = try values.integer("count", in: 1...512)
    let skip = try values.integer("skip", in: 0...1_000_000)
    let source = arguments["source"]?.string ?? ""
    let documents = try suspect.documents(from: source, count: count, skip: skip)
    return ToolResult(
      summary: "\(documents.count) documents of \(source), from number \(skip) on",
      result: [
        "documents": .array(
          documents.map {
            [
              "source": .string($0.source), "document": JSONValue($0.index),
              "text": .string($0.text),
            ]
          })
      ])
  }

  /// A call, and nothing else.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    CostEstimate(exactly: Cost(calls: 1))
  }
}
