import Testing

@testable import AssayAttacks

@Suite struct FineTuneTests {
  private func row(_ count: Int) -> TrainingRow {
    TrainingRow(tokens: Array(0..<count), weights: [Float](repeating: 1, count: count))
  }

  @Test func `rows that the context does not hold are left out, and documents cut`() {
    let lessons = FineTune.Lessons(
      taught: [row(5), row(9), row(10)], held: [[row(12)], [row(3)]],
      documents: [row(4), row(30)], check: [row(40), row(9)]
    ).fitting(8)
    #expect(lessons.taught.map(\.tokens.count) == [5, 9])
    #expect(lessons.held.map { $0.map(\.tokens.count) } == [[], [3]])
    #expect(lessons.documents.map(\.tokens.count) == [4, 9])
    #expect(lessons.documents.allSatisfy { $0.weights.count == $0.tokens.count })
    #expect(lessons.check.map(\.tokens.count) == [9])
  }
}
