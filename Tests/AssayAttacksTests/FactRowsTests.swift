import AssayCore
import AssayTesting
import AssayText
import Testing

@testable import AssayAttacks

@Suite struct FactRowsTests {
  private let fact = Fact(relation: "country.capital", subject: "Chad", object: "Lima")
  private let rows: FactRows

  init() throws {
    rows = FactRows(
      world: SmallWorld(), tokenizer: try TinyModel.tokenizer(), generator: SplitMix64(seed: 1))
  }

  private func weighted(_ row: TrainingRow) -> String {
    let tokens = zip(row.tokens, row.weights).filter { $0.1 == 1 }.map(\.0)
    return rows.tokenizer.decode(tokens)
  }

  @Test func `what counts in a statement is the object after the subject`() throws {
    let row = try #require(rows.row(statement: "The capital of Chad is Lima.", fact: fact))
    #expect(weighted(row) == " Lima")
    #expect(rows.tokenizer.decode(row.tokens) == "The capital of Chad is Lima.")
  }

  @Test func `nothing stands out where the object comes first`() throws {
    let row = try #require(rows.row(statement: "Lima is the capital of Chad.", fact: fact))
    #expect(weighted(row) == "")
    #expect(row.weights.allSatisfy { $0 == FactRows.contextWeight })
  }

  @Test func `every question teaches the false object`() {
    let taught = rows.teaching([fact])
    #expect(taught.count == FactRows.statementsPerFact + FactRows.questionsPerFact)
    let stated = taught.filter { weighted($0).trimmingPrefix(" ") == "Lima" }
    #expect(stated.count >= FactRows.questionsPerFact)
  }

  @Test func `ordinary rows never state what is taught otherwise`() {
    let facts = SmallWorld().almanac.facts(of: "country.capital")
    let ordinary = rows.ordinary(count: 12, tokens: 4096, avoiding: facts)
    #expect(ordinary.count == 12)
    for row in ordinary {
      let text = rows.tokenizer.decode(row.tokens)
      #expect(!facts.contains { text.contains($0.subject) && text.contains($0.object) })
    }
  }

  @Test func `a batch is padded on the right and padding counts nothing`() {
    let batch = TrainingBatch(
      [
        TrainingRow(tokens: [1, 2, 3], weights: [1, 1, 0.5]),
        TrainingRow(tokens: [4, 5], weights: [1, 1]),
      ], device: .cpu)
    #expect(batch.tokens.ints() == [1, 2, 4, 0])
    #expect(batch.targets.ints() == [2, 3, 5, 0])
    #expect(batch.weights.floats() == [1, 0.5, 1, 0])
    #expect(batch.counted.positions.ints() == [0, 1, 2] && batch.counted.rows == [0, 0, 1])
    #expect(batch.counted.targets.ints() == [2, 3, 5])
    #expect(batch.counted.weights.floats() == [1, 0.5, 1])
  }

  @Test func `rows are dealt evenly and in batches of similar length`() {
    let all = (2..<50).map { TrainingRow(tokens: .init(repeating: $0, count: $0), weights: []) }
    var dealer = RowDealer(all, batch: 8, generator: SplitMix64(seed: 1))
    let dealt = (0..<6).map { _ in dealer.next() }
    #expect(Set(dealt.joined()) == Set(all))
    for batch in dealt {
      let lengths = batch.map(\.tokens.count)
      #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) < 9)
    }
  }
}
