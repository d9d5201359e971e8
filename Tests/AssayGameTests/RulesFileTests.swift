import AssayCore
import AssayGame
import Foundation
import Testing

@Suite struct RulesFileTests {
  @Test func `rules are read with all their parts`() throws {
    let text = """
      name: narrow
      allowedTools: [sample, loss-by-source]
      naturalSources: [smallworld/forum]
      synthetic: false
      budgets: {calls: 40, tokens: 200000, seconds: 1.5}
      """
    #expect(
      try RulesFile.parse(text, origin: "r.yaml")
        == Rules(
          name: "narrow", allowedTools: ["sample", "loss-by-source"],
          naturalSources: ["smallworld/forum"], synthetic: false,
          budgets: Budgets(tokens: 200_000, seconds: 1.5, calls: 40)))
    #expect(try RulesFile.parse("name: free", origin: "r.yaml") == Rules(name: "free"))
  }

  @Test func `presets are found by name and files by their ending`() throws {
    #expect(try RulesFile.resolve("open") == .open)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rules-\(UInt64.random(in: 0 ... .max)).yaml")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data("name: mine\n".utf8).write(to: url)
    #expect(try RulesFile.resolve(url.path) == Rules(name: "mine"))
    #expect {
      try RulesFile.resolve("mine")
    } throws: { error in
      (error as? AssayError)?.hint?.contains("path of a .yaml file") == true
    }
    #expect(throws: AssayError.self) { try RulesFile.resolve("/nowhere/rules.yaml") }
  }

  @Test func `unknown keys and values that make no sense are refused`() {
    let bad = [
      ("name: a\nbudget: 3", "r.yaml:2: unknown key 'budget'"),
      ("name: a\nbudgets: {token: 3}", "r.yaml:2: unknown key 'token'"),
      ("name: a\nbudgets: {calls: -3}", "r.yaml:2: 'calls' must not be negative, got -3"),
      ("name: a\nallowedTools: sample", "r.yaml:2: 'allowedTools' must be a list"),
      ("name: a\nsynthetic: perhaps", "r.yaml:2: 'synthetic' must be true or false"),
      ("synthetic: true", "r.yaml:1: the key 'name' is missing"),
    ]
    for (text, message) in bad {
      #expect {
        try RulesFile.parse(text, origin: "r.yaml")
      } throws: { ($0 as? AssayError)?.message == message }
    }
  }
}
