import AssayCore
import Foundation
import Testing

@Suite struct RulesTests {
  @Test func `rules together allow what each of them allows`() throws {
    let one = Rules(
      name: "one", allowedTools: ["a", "b"], access: [.runs, .weights], baselineSizeRatio: 0.5,
      budgets: Budgets(tokens: 10, calls: 3))
    let two = Rules(
      name: "two", access: [.weights, .gradients], naturalSources: ["x"], synthetic: false,
      baselineSizeRatio: 0.25, budgets: Budgets(tokens: 20, flops: 5))
    let both = one.combined(with: two, named: "both")
    #expect(
      both
        == Rules(
          name: "both", allowedTools: ["a", "b"], access: [.weights], naturalSources: ["x"],
          synthetic: false, baselineSizeRatio: 0.25,
          budgets: Budgets(tokens: 10, flops: 5, calls: 3)))
    #expect(two.combined(with: one, named: "both") == both)
    #expect(both.combined(with: .open, named: "both") == both)
    let three = Rules(name: "three", deniedTools: ["b", "c"])
    let all = both.combined(with: three, named: "all")
      .combined(with: Rules(name: "four", deniedTools: ["a", "b"]), named: "all")
    #expect(all.deniedTools == ["a", "b", "c"] && all.allowedTools == ["a", "b"])
  }

  @Test func `each preset limits something of its own`() throws {
    #expect(Set(Rules.presets.map(\.name)).count == Rules.presets.count)
    for rules in Rules.presets where rules.name != "open" {
      #expect(rules != Rules(name: rules.name))
    }
    #expect(Rules.noRuns.access == [.weights] && Rules.blackBox.access == [.runs])
  }

  @Test func `budgets tell what is spent, what is too much and what can be afforded`() throws {
    let budgets = Budgets(tokens: 100, trainingTokens: 50, flops: 2e12, weightReads: 4)
    #expect(budgets.exhausted(by: Cost(tokens: 99, trainingTokens: 50)) == nil)
    #expect(budgets.exhausted(by: Cost(flops: 2e12)) == "2e+12 of 2e+12 FLOPs")
    #expect(budgets.exceeded(by: Cost(tokens: 100)) == nil)
    #expect(budgets.exceeded(by: Cost(trainingTokens: 51)) == "51 of 50 training tokens")
    #expect(budgets.exceeded(by: Cost(weightReads: 5)) == "5 of 4 weight reads")
    #expect(budgets.times(Cost(tokens: 160), after: Cost(tokens: 20)) == 0.5)
    #expect(budgets.times(Cost(tokens: 8, flops: 1e13), after: Cost()) == 0.2)
    #expect(budgets.times(Cost(tokens: 1), after: Cost(tokens: 200)) == 0)
    #expect(budgets.times(Cost(seconds: 1e9), after: Cost()) == .infinity)
    #expect(Budgets().times(Cost(tokens: .max), after: Cost()) == .infinity)
  }

  @Test func `an older record of a cost is read`() throws {
    let text = #"{"calls":2,"tokens":30,"seconds":1.5,"weightReads":4}"#
    let cost: Cost = try CanonicalJSON.decode(from: Data(text.utf8), origin: "test")
    #expect(cost == Cost(calls: 2, tokens: 30, seconds: 1.5, weightReads: 4))
  }
}
