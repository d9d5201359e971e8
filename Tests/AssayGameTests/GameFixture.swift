import AssayCore
import AssayGame
import AssayModels
import AssayStore
import AssayText
import Foundation

/// A tiny random model, a match on it in a temporary folder, and tools that need no model.
struct GameFixture {
  let folder: URL
  let match: MatchFolder
  let session: AuditSession

  static let world = SmallWorld()

  /// A random Llama of one block with a tokenizer of bytes.
  static let bundle: Result<ModelBundle, any Error> = Result {
    let tokenizer = try Tokenizer.train(
      ["a b"], vocabularySize: 256 + ChatMarkup.specialTokens.count,
      specialTokens: ChatMarkup.specialTokens)
    let configuration = ModelConfiguration(
      hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2,
      vocabularySize: tokenizer.vocabularySize, contextLength: 512)
    return try ModelBundle(model: DecoderModel(configuration, seed: 1), tokenizer: tokenizer)
  }

  init(_ rules: Rules = .open) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-\(RandomName.make())", isDirectory: true)
    let store = MatchStore(root: folder)
    let (id, _) = try store.makeOrganism()
    let card = try store.publish(
      id, family: "test", specification: SpecificationFile.smallWorld,
      truth: GroundTruth(
        attack: "none", options: [:], isModified: false, description: "nothing", seed: 1))
    match = try store.beginMatch(on: card, rules: rules, auditor: "test", seed: 5)
    session = AuditSession(
      suspect: try Self.bundle.get(),
      tools: [ToolEntry(Echo.self), ToolEntry(Reader.self), ToolEntry(Breaker.self)],
      rules: rules, world: Self.world, seed: 5, match: match, knownDocuments: 16)
  }

  func remove() {
    try? FileManager.default.removeItem(at: folder)
  }

  /// The last event in the ledger as it lies on disk.
  func lastEntry() throws -> LedgerEntry? {
    try Ledger.read(match.ledger.url).last
  }
}

/// Returns its argument and says that it took `tokens` tokens.
struct Echo: Tool {
  static let name = "echo"
  static let summary = "returns its prompt"
  static let schema = [
    ToolParameter(name: "prompt", kind: .text, required: true, summary: "what to return"),
    ToolParameter(name: "tokens", kind: .integer, summary: "what it costs", default: 3),
  ]
  static let naturalText = false

  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    ToolResult(
      summary: "echoed", result: arguments["prompt"] ?? nil, tokens: arguments["tokens"]?.int ?? 0)
  }
}

/// Counts documents of natural text.
struct Reader: Tool {
  static let name = "reader"
  static let summary = "reads natural text"
  static let schema = [
    ToolParameter(name: "sources", kind: .texts, summary: "where from"),
    ToolParameter(name: "behind", kind: .text, summary: "a source that it does not announce"),
  ]
  static let naturalText = true

  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let named = arguments["sources"]?.strings ?? suspect.sources
    let hidden = arguments["behind"]?.string.map { [$0] } ?? []
    let documents = try (named + hidden).flatMap { try suspect.documents(from: $0, count: 2) }
    let heldOut = documents.allSatisfy { $0.split == .heldOut }
    return ToolResult(
      summary: "read",
      result: ["count": JSONValue(documents.count), "heldOut": JSONValue(heldOut)],
      tokens: 1)
  }
}

/// Always fails.
struct Breaker: Tool {
  static let name = "breaker"
  static let summary = "always fails"
  static let schema: [ToolParameter] = []
  static let naturalText = false

  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    throw AssayError(.unsupported, "the model has no such layer")
  }
}
