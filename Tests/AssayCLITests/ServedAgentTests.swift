import AssayArena
import AssayCore
import AssayGame
import AssayModels
import AssayServe
import AssayStore
import AssayTesting
import AssayText
import Foundation
import Testing

@testable import AssayAuditors

@Suite struct ServedAgentTests {
  /// A model of random weights that has room for a conversation.
  private static func model() throws -> ModelBundle {
    let tokenizer = try Tokenizer.train(
      ["a b"], vocabularySize: 256 + ChatMarkup.specialTokens.count,
      specialTokens: ChatMarkup.specialTokens)
    let configuration = ModelConfiguration(
      hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2,
      vocabularySize: tokenizer.vocabularySize, contextLength: 8192)
    let template = """
      {% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}<|assistant|>
      """
    return try ModelBundle(
      model: DecoderModel(configuration, seed: 1), tokenizer: tokenizer, chatTemplate: template)
  }

  @Test func `a served model that calls nothing ends its match in order, with a report`()
    async throws
  {
    let bundle = try Self.model()
    let server = try ModelServer(bundle, ServerSettings(modelName: "tiny"))
    let (addresses, found) = AsyncStream<String>.makeStream()
    let running = Task { try await server.run { found.yield($0) } }
    var iterator = addresses.makeAsyncIterator()
    let address = try #require(await iterator.next())
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("assay-served-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let game = try TemporaryMatch(in: root, suspect: bundle, tools: Catalog.tools)
    let match = game.match
    let report = try await Agent.audit(
      game.session,
      environment: [
        "OPENAI_BASE_URL": address, "ASSAY_AGENT_ENDPOINT": "openai", "ASSAY_AGENT_MODEL": "tiny",
        "ASSAY_AGENT_TOKENS": "16",
      ])
    try match.commit(report)
    #expect(report.verdict == .inconclusive && report.claims.isEmpty)
    let ended = try #require(match.ledger.entries.first { $0.kind == LedgerKind.ended })
    #expect(ended.body["message"]?.string?.contains("called no function in 3 answers") == true)
    #expect(match.ledger.entries.last?.kind == LedgerKind.report)
    let counts = match.ledger.entries.first { $0.kind == LedgerKind.auditorEnded }?.body["counts"]
    #expect(counts?["answers"] == 3 && (counts?["readTokens"]?.int ?? 0) > 3000)
    await server.stop()
    try await running.value
  }
}
