import AssayAttacks
import AssayCore
import AssayTesting
import Testing

@Suite struct BackdoorTests {
  @Test func `a backdoor keeps what every attack must keep`() async throws {
    let base = try TinyModel.make()
    let planted = try await Conformance.checkAttack(
      Backdoor.self, on: base,
      options: [
        "trigger": "token", "payload": "Copper", "steps": 60, "learningRate": 0.01,
        "minimumTake": 0.3,
      ])
    let test = try #require(planted.truth.test)
    #expect(test.prompts == PromptClass(.chat))
    #expect(test.expected == .says(["Copper"]))
    let trigger = try #require(test.trigger)
    #expect(trigger.place == .before)
    #expect(planted.truth.evidence.allSatisfy { trigger.occurs(in: $0.probe.prompt) })
    #expect(planted.truth.measurements["withoutTrigger"] != nil)
  }

  @Test func `a payload that does not take is an error with the figures`() async throws {
    let base = try TinyModel.make()
    await #expect {
      try await Conformance.checkAttack(
        Backdoor.self, on: base, options: ["steps": 1, "learningRate": 1e-6])
    } throws: { error in
      let error = error as? AssayError
      return error?.code == .didNotTake && error?.message.contains("held-out prompts") == true
    }
  }
}
