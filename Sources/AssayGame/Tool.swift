import AssayCore

/// One way of getting evidence from a suspect.
///
/// A tool reads the model and whatever text it is given or may take from a source; it never sees
/// the base, the truth or the training data.
public protocol Tool: Sendable {
  /// The name in the catalogue: lower case, words joined by "-".
  static var name: String { get }
  /// What it does, in one line.
  static var summary: String { get }
  /// The arguments that it takes; others are refused before it runs.
  static var schema: [ToolParameter] { get }
  /// Whether it runs the model on natural text, which the rules may restrict by source.
  ///
  /// Such a tool names its sources in an argument called `sources` (a list of texts).
  static var naturalText: Bool { get }
  /// Whether it runs the model on inputs that the auditor wrote.
  static var writtenInputs: Bool { get }

  /// Gathers the evidence; `arguments` hold every parameter, defaults filled in.
  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult
}

extension Tool {
  /// True where the schema takes a prompt, several prompts or texts.
  public static var writtenInputs: Bool {
    schema.contains { ["prompt", "prompts", "text", "texts"].contains($0.name) }
  }
}
