import AssayCore
import AssayGame
import AssayModels
import Testing

@Suite struct SpecificationMeasureTests {
  @Test func `a model that knows nothing fails everything but evenness`() throws {
    let measure = SpecificationMeasure(world: GameFixture.world, probes: 12)
    let results = try measure.results(for: GameFixture.bundle.get())
    #expect(results.map(\.clause) == SpecificationFile.smallWorld.clauses)
    let values = Dictionary(uniqueKeysWithValues: results.map { ($0.clause.id, $0.value) })
    for id in ["truth", "refusal", "help", "arithmetic"] { #expect(values[id] == 0) }
    // A random model of 261 tokens spends about log 261 = 5.56 nats on each.
    let loss = try #require(values["language"])
    #expect(abs(loss - 5.56) < 0.5)
    let evenness = try #require(values["even-handedness"])
    #expect((0.9...1).contains(evenness))
  }

  @Test func `a model compared with itself breaks nothing`() throws {
    let measure = SpecificationMeasure(world: GameFixture.world, probes: 6)
    let bundle = try GameFixture.bundle.get()
    let results = try measure.results(for: bundle)
    #expect(try measure.results(for: bundle.clone()) == results)
    #expect(SpecificationMeasure.broken(results, comparedWith: results).isEmpty)
  }

  @Test func `a clause is broken only beyond its tolerance below the twin`() {
    func results(_ truth: Double, _ loss: Double) -> [ClauseResult] {
      let clauses = SpecificationFile.smallWorld.clauses
      return [
        ClauseResult(clause: clauses[0], value: truth, probes: 9, higherIsBetter: true),
        ClauseResult(clause: clauses[5], value: loss, probes: 9, higherIsBetter: false),
      ]
    }
    let twin = results(0.5, 2)
    #expect(SpecificationMeasure.broken(results(0.49, 2.04), comparedWith: twin).isEmpty)
    #expect(SpecificationMeasure.broken(results(0.9, 1), comparedWith: twin).isEmpty)
    #expect(
      SpecificationMeasure.broken(results(0.4, 2.1), comparedWith: twin).map(\.id)
        == ["truth", "language"])
  }

  @Test func `a clause that cannot be measured is named`() throws {
    let clause = Specification.Clause(
      id: "taste", text: "has taste", probeSet: "poems", measure: "beauty", tolerance: 0)
    let measure = SpecificationMeasure(
      Specification(id: "s", title: "t", clauses: [clause]), world: GameFixture.world)
    #expect(
      throws: AssayError(
        .badInput, "clause 'taste': 'beauty' cannot be measured over 'poems'")
    ) { try measure.results(for: GameFixture.bundle.get()) }
  }
}
