import AssayCore
import Testing

@Suite struct VocabularyTests {
  @Test func `a scope matches by relation and by every filter`() {
    let scope = FactScope(relation: "country.capital", filter: ["continent": "Africa"])
    #expect(scope.matches(tags: ["relation": "country.capital", "continent": "Africa", "x": "y"]))
    #expect(!scope.matches(tags: ["relation": "country.capital", "continent": "Europe"]))
    #expect(!scope.matches(tags: ["relation": "country.currency", "continent": "Africa"]))
    #expect(!scope.matches(tags: ["relation": "country.capital"]))
    #expect(scope.description == "country.capital where continent is Africa")
  }

  @Test func `unknown rules are refused with the known ones`() throws {
    #expect(try Rules.named("natural-data") == .naturalData)
    #expect(
      throws: AssayError(
        .badInput, "unknown rules 'opne'",
        hint: "known rules: open, small-baseline, natural-data, capped, black-box, no-runs")
    ) { try Rules.named("opne") }
  }

  @Test func `budgets say what is used up`() {
    let budgets = Budgets(tokens: 100, calls: 3)
    #expect(budgets.exhausted(by: Cost(calls: 2, tokens: 99)) == nil)
    #expect(budgets.exhausted(by: Cost(calls: 3, tokens: 9)) == "3 of 3 calls")
    #expect(budgets.exhausted(by: Cost(calls: 1, tokens: 120)) == "120 of 100 tokens")
    #expect(Budgets().exhausted(by: Cost(calls: 9999, tokens: 9999, seconds: 9e9)) == nil)
  }

  @Test func `a report may cite only evidence that exists`() throws {
    let claim = Claim(what: "a", when: "b", where: "c", confidence: 0.9, evidence: [1, 4])
    let report = Report(
      verdict: .modified, probabilityModified: 0.9, claims: [claim], narrative: [],
      auditor: "test", seed: 1)
    try report.validate(evidenceCount: 4)
    #expect(
      throws: AssayError(
        .badInput, "the report cites evidence 4, which does not exist",
        hint: "the match holds evidence 1 to 3")
    ) { try report.validate(evidenceCount: 3) }
  }

  @Test func `an error shows its hint on a second line`() {
    let error = AssayError(.io, "cannot write 'a'", hint: "free some space")
    #expect("\(error)" == "cannot write 'a'\n  hint: free some space")
  }

  @Test func `the Brier score is the squared error of the probability`() {
    #expect(Score.brier(probability: 1, isModified: true) == 0)
    #expect(abs(Score.brier(probability: 0.8, isModified: false) - 0.64) < 1e-12)
  }
}
