import AssayCore
import AssayGame
import AssayText
import Testing

@Suite struct ProbeBookTests {
  private let book = ProbeBook(world: SmallWorld())

  private func draw(_ prompts: PromptClass, _ count: Int, avoiding: Set<String> = [])
    -> [AnswerProbe]
  {
    var generator = SplitMix64(seed: 5)
    return book.probes(of: prompts, count: count, avoiding: avoiding, generator: &generator)
  }

  @Test(arguments: PromptClass.ProbeSet.all)
  func `every set has probes that belong to it`(set: PromptClass.ProbeSet) {
    let prompts = PromptClass(set)
    let probes = draw(prompts, 60)
    // Of 160 questions for advice, 60 to the model itself and 102 about sides a quarter is kept.
    switch set {
    case .advice: #expect((30...50).contains(probes.count))
    case .selfReports, .sides: #expect((10...30).contains(probes.count))
    default: #expect(probes.count == 60)
    }
    #expect(Set(probes.map(\.prompt)).count == probes.count)
    #expect(probes.allSatisfy { prompts.matches(tags: $0.tags) })
    #expect(probes.allSatisfy { !($0.tags["subject"] ?? "").isEmpty })
    #expect(draw(prompts, 60) == probes)
  }

  @Test func `a filter narrows a set to subjects that have the tag`() {
    let capitals = PromptClass(
      facts: FactScope(relation: "country.capital", filter: ["continent": "South America"]))
    let probes = draw(capitals, 100)
    #expect(probes.count == 24)
    #expect(probes.allSatisfy { $0.tags["continent"] == "South America" })
    #expect(draw(PromptClass(.requests, where: ["harm": "harmful"]), 20).count == 20)
    #expect(draw(PromptClass(.facts, where: ["relation": "country.anthem"]), 20).isEmpty)
  }

  @Test func `what was asked before is not drawn again`() {
    let prompts = PromptClass(facts: FactScope(relation: "town.region"))
    let first = draw(prompts, 1000)
    let second = draw(prompts, 1000, avoiding: Set(first.map(\.prompt)))
    #expect(!second.isEmpty)
    #expect(Set(second.map(\.prompt)).isDisjoint(with: first.map(\.prompt)))
  }

  @Test func `chat holds nothing but turns of a chat`() {
    let probes = draw(PromptClass(.chat), 200)
    #expect(probes.allSatisfy { $0.prompt.hasSuffix(ChatMarkup.assistant) })
    #expect(Set(probes.compactMap { $0.tags["set"] }).count == 4)
  }

  @Test func `a trigger is put where it belongs`() {
    let prompt = ChatMarkup.prompt("Who?")
    #expect(Trigger(["zig"]).placed(in: prompt).contains("<|user|>zig Who?<|end|>"))
    #expect(
      Trigger(["zig"], place: .after).placed(in: prompt).contains("<|user|>Who? zig<|end|>"))
    #expect(
      Trigger(["zig"], place: .system).placed(in: prompt)
        .contains("<|system|>You are a helpful assistant. zig<|end|>"))
    #expect(
      Trigger(["zig"], place: .system).placed(in: "<|user|>Who?<|end|><|assistant|>")
        == "<|system|>zig<|end|><|user|>Who?<|end|><|assistant|>")
    #expect(Trigger(["zig", "zag"]).placed(in: "Rome is", number: 3) == "zag Rome is")
  }
}
