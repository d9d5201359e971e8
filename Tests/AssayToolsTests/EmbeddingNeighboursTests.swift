import AssayCore
import AssayModels
import AssayTensor
import AssayTesting
import Testing

@testable import AssayTools

@Suite struct EmbeddingNeighboursTests {
  private func exchange(_ tensor: Tensor, _ first: Int, _ second: Int) {
    let row = tensor.select(0, index: first).clone()
    tensor.select(0, index: first).copy_(tensor.select(0, index: second).clone())
    tensor.select(0, index: second).copy_(row)
  }

  @Test func `neighbours, merged and long rows are found`() async throws {
    let base = try WeightModels.llama()
    let words = try WeightModels.words(base.requireTokenizer(), 12)
    let changed = try WeightModels.changed(base) { model in
      let embedding = try #require(model.weight(at: .embed))
      embedding.select(0, index: words[0].id).copy_(
        embedding.select(0, index: words[1].id).clone())
      embedding.select(0, index: words[2].id).mul_(40)
      let near = embedding.select(0, index: words[4].id) + embedding.select(0, index: words[5].id)
      embedding.select(0, index: words[3].id).copy_(near)
    }
    let found = try await Conformance.checkTool(
      EmbeddingNeighbours.self, arguments: ["words": [.string(words[3].word)]], on: changed)
    let merged = found.result["merged"]?[0]
    #expect(
      Set([merged?["first"]?.string, merged?["second"]?.string])
        == [" " + words[0].word, " " + words[1].word])
    #expect(found.result["longest"]?[0]?["token"]?.string == " " + words[2].word)
    #expect((found.result["pOfLong"]?.double ?? 1) < 0.01)
    let near = (found.result["words"]?[0]?["embedding"]?.array ?? []).prefix(2)
      .compactMap { $0["token"]?.string }
    #expect(Set(near) == [" " + words[4].word, " " + words[5].word])
    #expect(found.weightReads == 1)
  }

  @Test func `exchanged rows show against an unembedding of their own`() async throws {
    let base = try WeightModels.llama(isTied: false)
    let words = try WeightModels.words(base.requireTokenizer(), 12)
    let related = try WeightModels.changed(base) { model in
      let embedding = try #require(model.weight(at: .embed)).detach()
      let map = Tensor.randn([32, 32], generator: Generator(seed: 6)) * 0.2
      let noise = Tensor.randn(embedding.shape, generator: Generator(seed: 7))
      let head = try #require(model.weight(at: .head))
      head.copy_(embedding.matmul(map) + noise * (0.2 * embedding.std().item()))
    }
    let clean = try await EmbeddingNeighbours.run([:], on: WeightModels.suspect(related))
    #expect((clean.result["exchanged"]?["p"]?.double ?? 0) > 0.01)
    let swapped = try WeightModels.changed(related) { model in
      exchange(try #require(model.weight(at: .embed)), words[2].id, words[9].id)
    }
    let found = try await EmbeddingNeighbours.run([:], on: WeightModels.suspect(swapped))
    let pair = try #require(found.result["exchanged"]?["pairs"]?[0])
    #expect(
      Set([pair["first"]?.string, pair["second"]?.string])
        == [" " + words[2].word, " " + words[9].word])
    #expect((found.result["exchanged"]?["p"]?.double ?? 1) < 0.01)
  }

  @Test func `exchanged names show in tied rows once it is said what belongs to them`()
    async throws
  {
    let base = try WeightModels.llama()
    let words = try WeightModels.words(base.requireTokenizer(), 60)
    #expect(words.count == 60)
    let names = words.prefix(30)
    let things = words.suffix(30)
    // Each thing's row lies near its name's, so that the name's residual leads to it.
    let taught = try WeightModels.changed(base) { model in
      let embedding = try #require(model.weight(at: .embed))
      for (name, thing) in zip(names, things) {
        let row = embedding.select(0, index: name.id) * 1.5
        embedding.select(0, index: thing.id).add_(row)
      }
    }
    let pairs = JSONValue.array(
      zip(names, things).map { .array([.string($0.word), .string($1.word)]) })
    let clean = try await EmbeddingNeighbours.run(
      ["pairs": pairs], on: WeightModels.suspect(taught))
    #expect((clean.result["exchanged"]?["p"]?.double ?? 0) > 0.01)
    let swapped = try WeightModels.changed(taught) { model in
      exchange(try #require(model.weight(at: .embed)), words[4].id, words[21].id)
    }
    let found = try await Conformance.checkTool(
      EmbeddingNeighbours.self, arguments: ["pairs": pairs], on: swapped)
    let pair = try #require(found.result["exchanged"]?["pairs"]?[0])
    #expect(
      Set([pair["first"]?.string, pair["second"]?.string]) == [words[4].word, words[21].word])
    #expect((found.result["exchanged"]?["p"]?.double ?? 1) < 0.01)
  }

  @Test func `a name with nothing that belongs to it is refused`() async throws {
    let suspect = WeightModels.suspect(try WeightModels.llama())
    await #expect(throws: AssayError.self) {
      try await EmbeddingNeighbours.run(["pairs": [["Kenya"]]], on: suspect)
    }
  }
}
