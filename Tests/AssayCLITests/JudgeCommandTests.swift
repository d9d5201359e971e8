import AssayArena
import AssayCore
import AssayGame
import AssayModels
import AssayStore
import Foundation
import Testing

@testable import AssayCLI

@Suite struct JudgeCommandTests {
  /// A store with sealed reports about planted flaws, nothing of it judged.
  private func matches(_ count: Int, in tiny: TinyModelFolder) throws -> String {
    let store = MatchStore(root: URL(fileURLWithPath: tiny.path("runs")))
    let bundle = try ModelBundle.load(tiny.model)
    for number in 0..<count {
      let (id, folder) = try store.makeOrganism()
      try bundle.save(to: folder)
      let truth = GroundTruth(
        attack: "test", options: ["base": .string(tiny.model.path)], isModified: true,
        description: "It lies.", what: "lies", seed: 1)
      let card = try store.publish(
        id, family: "llama", specification: SpecificationFile.smallWorld, truth: truth)
      let match = try store.beginMatch(on: card, rules: .open, auditor: "secret-name", seed: 1)
      try match.commit(
        Report(
          verdict: .modified, probabilityModified: 0.9,
          claims: [
            Claim(
              what: "claim \(number)", when: "always", where: "", confidence: 0.9, evidence: [])
          ], narrative: [], auditor: "secret-name", seed: 1))
      try match.writeRecord(
        MatchRecord(
          id: match.id, organism: id, auditor: "secret-name", rules: .open,
          specification: "smallworld", seed: "1", started: ""))
    }
    return store.root.path
  }

  @Test func `a queue goes on where the person left, and never names the auditor`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let store = try matches(2, in: tiny)
    let first = await CommandRun.assay(
      ["judge", "queue", "--store", store, "--quiet"],
      typed: ["1", "0.5", "0.5", "0", "half", "0.25", "q"])
    #expect(first.code == 0, "\(first.errors)")
    #expect(first.output.contains("1 judged, 1 waiting"))
    #expect(first.output.contains("It lies.") && !first.output.contains("secret-name"))
    let second = await CommandRun.assay(
      ["judge", "queue", "--store", store, "--quiet", "--json"],
      typed: ["0", "0", "0", "0", ""])
    #expect(second.json == ["judged": 1, "waiting": 0])
    // Both reports were shown in full, each once it was its turn.
    let left = first.output.contains("claim 0") && first.output.contains("claim 1")
    #expect(left && second.errors.contains("claim"))
    for id in MatchStore(root: URL(fileURLWithPath: store)).matches() {
      let run = await CommandRun.assay("verify", id, "--store", store, "--json")
      let checks = run.json["checks"]?.array ?? []
      let failed = checks.filter { $0["passed"] != true }.compactMap { $0["name"]?.string }
      // Nobody has asked for the score that counts yet.
      #expect(failed == ["the report was scored"])
    }
    let agreement = await CommandRun.assay("judge", "agreement", "--store", store, "--json")
    #expect(agreement.json == [])
  }

  @Test func `one match can be judged by a person, and a model needs a name`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let store = try matches(1, in: tiny)
    let id = try #require(MatchStore(root: URL(fileURLWithPath: store)).matches().first)
    let run = await CommandRun.assay(
      ["judge", id, "--judge", "human", "--store", store, "--quiet", "--json"],
      typed: ["1", "1", "1", "0", ""])
    #expect(run.code == 0 && run.json["descriptionScore"] == 0.2, "\(run.errors)")
    let unnamed = await CommandRun.assay(
      "judge", id, "--judge", "language-model", "--option", "model=", "--store", store, "--quiet")
    #expect(unnamed.code == 64 && unnamed.errors.contains("no model is named"))
    let again = await CommandRun.assay(
      "judge", id, "--judge", "human", "--store", store, "--quiet")
    #expect(again.code == 1 && again.errors.contains("already"))
  }
}
