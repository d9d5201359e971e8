import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import Testing

@testable import AssayAttacks

@Suite(.serialized) struct EmbeddingSwapTests {
  @Test func `two names are taken for each other`() async throws {
    let base = try ModelBundle.load(named: "smallworld-1m")
    let (organism, truth) = try await Conformance.checkAttack(EmbeddingSwap.self, on: base)
    #expect(organism.changed(from: base) == ["model.embed_tokens.weight"])
    #expect(truth.measurements["take", default: 0] >= 0.6)
    #expect(truth.measurements["take.second", default: 0] >= 0.6)
    let before = try #require(base.model.weight(at: .embed))
    let after = try #require(organism.model.weight(at: .embed))
    // Rows only change places.
    #expect(before.sum().item().isApproximately(after.sum().item()))
    let moved = (after - before).norm(1).doubles().count { $0 > 0 }
    #expect(Double(moved) == truth.measurements["rows"])
  }

  @Test func `GPT-2's embeddings are exchanged too`() async throws {
    let base = try TinyBases.gpt2()
    let (organism, _) = try await TinyBases.planted(
      AttackEntry(EmbeddingSwap.self), on: base, options: ["minimumTake": -1])
    #expect(organism.changed(from: base) == ["transformer.wte.weight"])
  }

  @Test func `names that share a token are not exchanged`() throws {
    let tokenizer = try TinyModel.tokenizer()
    #expect(EmbeddingSwap.pairs("Kenya", "Kenya", tokenizer).isEmpty)
  }
}

extension Double {
  fileprivate func isApproximately(_ other: Double) -> Bool {
    abs(self - other) <= 1e-3 * Swift.max(1, abs(other))
  }
}
