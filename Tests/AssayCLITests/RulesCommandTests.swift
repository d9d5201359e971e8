import AssayArena
import AssayCore
import Foundation
import Testing

@testable import AssayCLI

@Suite struct RulesCommandTests {
  @Test func `the presets are listed`() async throws {
    let run = await CommandRun.assay("rules", "list")
    #expect(run.code == 0)
    for rules in Rules.presets { #expect(run.output.contains(rules.name)) }
    let json = await CommandRun.assay("rules", "list", "--json").json
    #expect(json["rules"]?.array?.count == Rules.presets.count)
  }

  @Test func `a preset is shown tool by tool`() async throws {
    let run = await CommandRun.assay("rules", "show", "no-runs")
    #expect(run.code == 0 && run.output.contains("allowed is reading weights"))
    #expect(run.output.contains("rules 'no-runs' forbid running the model, which 'sample' does"))
    let json = await CommandRun.assay("rules", "show", "black-box", "--json").json
    #expect(json["rules"]?["access"] == ["runs"])
    let tools = json["tools"]?.array ?? []
    #expect(tools.count == Catalog.tools.count)
    let allowed = tools.filter { $0["allowed"]?.bool == true }.compactMap { $0["name"]?.string }
    #expect(allowed.contains("sample") && !allowed.contains("logit-lens"))
  }

  @Test func `a file is shown, and what it names wrongly is noted`() async throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rules-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data("name: mine\nextends: capped\nallowedTools: [sample, smaple]\n".utf8).write(to: url)
    let run = await CommandRun.assay("rules", "show", url.path)
    #expect(run.code == 0 && run.output.contains("rules 'mine'"))
    #expect(run.output.contains("30000 tokens"))
    #expect(run.errors.contains("a tool 'smaple', which there is not"))
    let missing = await CommandRun.assay("rules", "show", "nowhere")
    #expect(missing.code == 1 && missing.errors.contains("unknown rules 'nowhere'"))
  }
}
