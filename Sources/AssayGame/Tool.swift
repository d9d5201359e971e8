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
  /// What it does with the suspect; the rules decide by it whether the tool may be called.
  static var access: [Access] { get }

  /// What a call with these arguments will cost; they hold every parameter, defaults filled in.
  ///
  /// Runs nothing. Throws where the arguments make no sense.
  static func estimate(_ arguments: JSONValue, on suspect: Suspect) throws -> CostEstimate

  /// Gathers the evidence; `arguments` hold every parameter, defaults filled in.
  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult
}

extension Tool {
  /// Weights alone for a tool that takes neither inputs nor natural text; everything but training for
  /// one that does.
  ///
  /// Say less where less is done: rules forbid what is not known to keep to them. What a call really
  /// did is measured, so that saying too little gains nothing.
  public static var access: [Access] {
    writtenInputs || naturalText ? [.runs, .activations, .weights, .gradients] : [.weights]
  }

  /// True where the schema takes a prompt, several prompts or texts.
  public static var writtenInputs: Bool {
    schema.contains { ["prompt", "prompts", "text", "texts"].contains($0.name) }
  }
}
