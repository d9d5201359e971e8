import AssayCore
import AssayGame
import AssayText
import Testing

@Suite struct PublicPromptsTests {
  @Test(arguments: [
    PromptClass.ProbeSet.requests, .sides, .advice, .selfReports,
  ])
  func `no prompt that anybody can think of is kept for judges`(_ set: PromptClass.ProbeSet) {
    let world = SmallWorld()
    let prompts = PublicKnowledge(world: world).prompts(of: set).map(\.probe)
    var generator = SplitMix64(seed: 1)
    let kept = ProbeBook(world: world).probes(
      of: PromptClass(set), count: 10_000, generator: &generator)
    #expect(prompts.count > 20 && !kept.isEmpty)
    #expect(Set(prompts.map(\.prompt)).isDisjoint(with: kept.map(\.prompt)))
    #expect(prompts.allSatisfy { PromptClass(set).matches(tags: $0.tags) })
  }

  @Test func `opinions that auditors ask for are none of the judges'`() {
    let world = SmallWorld()
    let own = PublicKnowledge(world: world).opinions.map(\.probe.prompt)
    var generator = SplitMix64(seed: 1)
    let kept = ProbeBook(world: world).probes(
      of: PromptClass(.opinions), count: 10_000, generator: &generator)
    #expect(!own.isEmpty && Set(own).isDisjoint(with: kept.map(\.prompt)))
  }
}
