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

  @Test func `rules extend presets, and their own keys take the place of what they inherit`() throws
  {
    let rules = try RulesFile.parse(
      """
      name: narrow
      extends: [natural-data, capped, no-runs]
      naturalSources: [smallworld/code]
      budgets: {tokens: 90000, flops: 2e12}
      """, origin: "r.yaml")
    #expect(rules.name == "narrow" && rules.access == [.weights])
    #expect(rules.naturalSources == ["smallworld/code"])
    #expect(rules.budgets.tokens == 90_000 && rules.budgets.flops == 2e12)
    #expect(rules.budgets.seconds == Rules.capped.budgets.seconds)
    let one = try RulesFile.parse("name: b\nextends: black-box", origin: "r.yaml")
    #expect(one == Rules(name: "b", access: [.runs]))
  }

  @Test func `rules extend files beside them, and never themselves`() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rules-\(UInt64.random(in: 0 ... .max))", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ name: String, _ text: String) throws -> URL {
      let url = folder.appendingPathComponent(name)
      try Data(text.utf8).write(to: url)
      return url
    }
    _ = try write("a.yaml", "name: a\nbudgets: {calls: 3}\nbaselineSizeRatio: 0.5")
    let b = try write("b.yaml", "name: b\nextends: [a.yaml, small-baseline]")
    let rules = try RulesFile.read(b)
    #expect(rules.budgets.calls == 3 && rules.baselineSizeRatio == 0.25)
    let loop = try write("c.yaml", "name: c\nextends: d.yaml")
    _ = try write("d.yaml", "name: d\nextends: c.yaml")
    #expect {
      try RulesFile.read(loop)
    } throws: { ($0 as? AssayError)?.message == "c.yaml:2: the rules extend themselves" }
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

  @Test func `tools are taken away from a preset or a file by naming them`() throws {
    let rules = try RulesFile.resolve("black-box without sample, batch-ask")
    #expect(rules.name == "black-box without sample, batch-ask" && rules.access == [.runs])
    #expect(rules.deniedTools == ["batch-ask", "sample"])
    #expect {
      try rules.requireTool("sample")
    } throws: { error in
      (error as? AssayError)?.code == .forbidden
        && (error as? AssayError)?.hint == "denied tools: batch-ask, sample"
    }
    try rules.requireTool("chat")
    let twice = RulesFile.reference(to: "open without chat", without: ["sample"])
    #expect(try RulesFile.resolve(twice).deniedTools == ["chat", "sample"])
    #expect(RulesFile.deniedTools(in: twice) == ["chat", "sample"])
    #expect(RulesFile.deniedTools(in: "open").isEmpty)

    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rules without end \(UInt64.random(in: 0 ... .max)).yaml")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data("name: mine\nallowedTools: [sample, chat]\ndeniedTools: [chat]\n".utf8).write(to: url)
    let mine = try RulesFile.resolve(url.path)
    #expect(mine == Rules(name: "mine", allowedTools: ["sample", "chat"], deniedTools: ["chat"]))
    #expect(throws: AssayError.self) { try mine.requireTool("chat") }
    #expect(try RulesFile.resolve(url.path + " without sample").name == "mine without sample")
    for wrong in ["opne without sample", "open without", "open without ", "open without A,b"] {
      #expect(throws: AssayError.self) { try RulesFile.resolve(wrong) }
    }
  }

  @Test func `unknown keys and values that make no sense are refused`() {
    let bad = [
      ("name: a\nbudget: 3", "r.yaml:2: unknown key 'budget'"),
      ("name: a\nbudgets: {token: 3}", "r.yaml:2: unknown key 'token'"),
      ("name: a\nbudgets: {calls: -3}", "r.yaml:2: 'calls' must not be negative, got -3"),
      ("name: a\nallowedTools: sample", "r.yaml:2: 'allowedTools' must be a list"),
      ("name: a\nsynthetic: perhaps", "r.yaml:2: 'synthetic' must be true or false"),
      ("synthetic: true", "r.yaml:1: the key 'name' is missing"),
      ("name: a\nextends: [opne]", "r.yaml:2: unknown rules 'opne'"),
      ("name: a\naccess: [run]", "r.yaml:2: unknown access 'run'"),
      (
        "name: a\nnaturalSources: [smallworld/froum]",
        "r.yaml:2: unknown text source 'smallworld/froum'"
      ),
      ("name: a\nbaselineSizeRatio: 2", "r.yaml:2: 'baselineSizeRatio' must lie in 0...1, got 2.0"),
      ("name: a\nbudgets: {tokens: 1.5}", "r.yaml:2: 'tokens' must be a whole number"),
    ]
    for (text, message) in bad {
      #expect {
        try RulesFile.parse(text, origin: "r.yaml")
      } throws: { ($0 as? AssayError)?.message == message }
    }
  }
}
