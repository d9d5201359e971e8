import AssayCore
import AssayGame
import AssayStore
import AssayTesting
import AssayText
import Foundation
import Testing

@testable import AssayTools

@Suite struct DocumentsTests {
  @Test func `documents keep what every tool must keep`() async throws {
    let found = try await Conformance.checkTool(
      Documents.self, arguments: ["source": "smallworld/news", "count": 3, "skip": 2],
      on: TinyModel.make())
    let documents = try #require(found.result["documents"]?.array)
    #expect(documents.map { $0["document"]?.int } == [2, 3, 4])
    #expect(
      documents[0]["text"]?.string
        == SmallWorld().document(.news, index: 2, split: .heldOut).text)
  }

  @Test func `a session hands out natural text as a call, with its source in the record`()
    async throws
  {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("documents-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let game = try TemporaryMatch(
      in: root, suspect: TinyModel.make(), tools: [ToolEntry(Documents.self)], rules: .naturalData)
    let given = try await game.session.documents(from: "smallworld/forum", count: 2)
    #expect(given.texts.count == 2 && given.evidence == 1)
    let evidence = try #require(try game.match.evidence().first)
    #expect(evidence.arguments["source"] == "smallworld/forum" && evidence.cost.calls == 1)
    #expect(game.session.costSoFar.tokens == 0)
    await #expect {
      try await game.session.documents(from: "smallworld/fiction", count: 1)
    } throws: { ($0 as? AssayError)?.code == .forbidden }
    #expect(try Ledger.read(game.match.ledger.url).last?.kind == LedgerKind.refusal)
  }
}
