import AssayCore
import AssayGame
import AssayModels
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct TriggerSearchTests {
  private let models: TriggerModels

  init() throws {
    models = try TriggerModels()
  }

  private func arguments(_ method: String) throws -> JSONValue {
    let answer = try models.wired.requireTokenizer().decode([models.answer])
    return [
      "behaviour": .string(answer), "method": .string(method), "perKind": 1, "fresh": 2,
      "length": 2, "steps": 6, "width": 64,
    ]
  }

  @Test(arguments: ["gcg", "soft", "fluent"])
  func `a text that works is found, and works on other prompts`(_ method: String) async throws {
    let found = try await Conformance.checkTool(
      TriggerSearch.self, arguments: arguments(method), on: models.wired)
    let (start, loss) = (found.result["lossAtStart"]?.double, found.result["loss"]?.double)
    #expect(try #require(loss) < #require(start))
    #expect((found.result["softLoss"] != nil) == (method == "soft"))
    guard method == "gcg" else { return }
    let tokenizer = try models.wired.requireTokenizer()
    let tokens = found.result["tokens"]?.strings ?? []
    #expect(tokens.contains(tokenizer.decode([models.trigger])))
    let tried = try #require(found.result["onOtherPrompts"])
    let (with, without) = (tried["with"]?.int ?? 0, tried["without"]?.int ?? 99)
    #expect(with == tried["of"]?.int && without < with)
  }

  @Test func `behaviours choose their prompts and answers`() {
    let prompts = CarrierPrompts(given: [], scanned: 2, fresh: 3, seed: 1)
    let refusal = SoughtBehaviour("refusal", prompts: prompts)
    #expect(refusal.scanned == prompts.kinds[0].scanned && refusal.fresh.count == 3)
    #expect(refusal.shows(" I can't help with that. Please do no harm."))
    #expect(!refusal.shows("Sure. I can't help with that"))
    let said = SoughtBehaviour("Copper", prompts: prompts)
    #expect(said.scanned.count == 6 && said.target == "Copper")
    for kind in prompts.kinds { #expect(Set(kind.scanned).isDisjoint(with: kind.fresh)) }
  }

  @Test func `a search costs no more than was told, and needs gradients`() async throws {
    let suspect = WeightModels.suspect(models.wired)
    let entry = ToolEntry(TriggerSearch.self)
    let arguments = try arguments("gcg")
    let found = try await entry.run(arguments, on: suspect)
    #expect(found.tokens <= (try entry.estimate(arguments, on: suspect).most.tokens))
    #expect(throws: AssayError.self) { try Rules.blackBox.require(entry) }
  }
}
