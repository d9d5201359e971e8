import AssayModels
import AssayTensor
import AssayText
import Testing

@Suite struct PackedStreamTests {
  private let texts = ["one two three", "four five", "six seven eight nine ten", "eleven"]

  private func tokenizer() throws -> Tokenizer {
    try Tokenizer.train(texts, vocabularySize: 280, specialTokens: ["<|endoftext|>"])
  }

  @Test func `rows continue each other and hold every document between separators`() throws {
    let tokenizer = try tokenizer()
    let documents = texts
    let stream = try PackedStream(tokenizer, rows: 2, length: 8) {
      var index = 0
      return AnyIterator {
        index += 1
        return documents[(index - 1) % documents.count]
      }
    }
    var flat: [Int] = []
    for step in 0..<6 {
      let batch = try stream.batch(step: step).tokens
      #expect(batch.shape == [2, 9])
      for row in 0..<2 {
        let tokens = batch[row].ints()
        if let last = flat.last { #expect(tokens.first == last) }
        flat += flat.isEmpty ? tokens : Array(tokens.dropFirst())
      }
    }
    let expected = (0..<3).flatMap { _ in texts.flatMap { [0] + tokenizer.encode($0) } }
    let common = min(flat.count, expected.count)
    #expect(common > 60)
    #expect(Array(flat.prefix(common)) == Array(expected.prefix(common)))
  }

  @Test func `a step's batch does not depend on what was asked before`() throws {
    func stream() throws -> PackedStream {
      try PackedStream(try tokenizer(), rows: 3, length: 10, texts: texts, seed: 4)
    }
    let (ordered, jumping) = (try stream(), try stream())
    let batches = try (0..<12).map { try ordered.batch(step: $0).tokens.ints() }
    for step in [11, 3, 4, 0, 7] {
      #expect(try jumping.batch(step: step).tokens.ints() == batches[step])
    }
  }

  @Test func `documents that end are an error, not a wait`() throws {
    let stream = try PackedStream(try tokenizer(), rows: 1, length: 4) {
      ["one two"].makeIterator().erased
    }
    expectError(.badInput, "ended") {
      for step in 0..<20 { _ = try stream.batch(step: step) }
    }
    expectError(.badInput, "no text") {
      _ = try PackedStream(try tokenizer(), rows: 1, length: 4, texts: [], seed: 0)
    }
  }
}

extension IteratorProtocol {
  fileprivate var erased: AnyIterator<Element> { AnyIterator(self) }
}
