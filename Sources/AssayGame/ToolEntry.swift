import AssayCore

/// A tool in the catalogue, whatever its type.
public struct ToolEntry: CatalogEntry {
  /// The name.
  public let name: String
  /// What it does, in one line.
  public let summary: String
  /// The arguments that it takes.
  public let schema: [ToolParameter]
  /// Whether it runs the model on natural text.
  public let naturalText: Bool
  /// Whether it runs the model on inputs that the auditor wrote.
  public let writtenInputs: Bool
  /// What it does with the suspect.
  public let access: [Access]
  private let estimating: @Sendable (JSONValue, Suspect) throws -> CostEstimate
  private let running: @Sendable (JSONValue, Suspect) async throws -> ToolResult

  /// Makes the entry of a tool.
  public init<T: Tool>(_ tool: T.Type) {
    name = T.name
    summary = T.summary
    schema = T.schema
    naturalText = T.naturalText
    writtenInputs = T.writtenInputs
    access = T.access
    estimating = { arguments, suspect in try T.estimate(arguments, on: suspect) }
    running = { arguments, suspect in try await T.run(arguments, on: suspect) }
  }

  /// Runs the tool after its arguments are checked and defaults filled in.
  package func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    try await running(schema.validated(arguments, tool: name), suspect)
  }

  /// What a call will cost, after its arguments are checked and defaults filled in.
  package func estimate(_ arguments: JSONValue, on suspect: Suspect) throws -> CostEstimate {
    try estimating(schema.validated(arguments, tool: name), suspect)
  }
}
