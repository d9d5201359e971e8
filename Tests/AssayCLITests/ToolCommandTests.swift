import AssayArena
import AssayCore
import Testing

@testable import AssayCLI

@Suite struct ToolCommandTests {
  @Test func `every tool is listed with its arguments`() async {
    let run = await CommandRun.assay("tool", "list", "--json")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.json.array?.compactMap { $0["name"]?.string } == Catalog.tools.map(\.name))
    let words = await CommandRun.assay("tool", "list")
    #expect(words.output.contains("memory-search  MLP units"))
    #expect(words.output.contains("    words: a list of texts, required; 1 to 64 words"))
  }

  @Test func `a tool runs on any model, with its evidence as JSON`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let command = ["tool", "run", "unusual-units", "--model", tiny.model.path]
    let run = await CommandRun.assay(command + ["--args", #"{"top": 2}"#, "--json"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.json["tool"] == "unusual-units" && run.json["arguments"]?["top"] == 2)
    #expect(run.json["result"]?["units"]?.array?.count == 2)
    #expect((run.json["cost"]?["weightReads"]?.int ?? 0) > 0 && run.json["cost"]?["tokens"] == 0)
    let words = await CommandRun.assay(command)
    #expect(words.code == 0 && words.output.contains("\n  looks: "))
    #expect(words.errors.contains("weight matrices read"))
  }

  @Test func `arguments that are wrong are refused in one line`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let command = ["tool", "run", "memory-search", "--model", tiny.model.path, "--args"]
    let broken = await CommandRun.assay(command + ["{"])
    #expect(broken.code == 64 && broken.errors.contains("--args is not JSON"))
    let missing = await CommandRun.assay(command + ["{}"])
    #expect(
      missing.code == 1 && missing.errors.contains("'memory-search' needs the argument 'words'"))
    let strange = await CommandRun.assay(command + [#"{"words": ["a"], "bogus": 1}"#])
    #expect(strange.code == 1 && strange.errors.contains("takes no argument 'bogus'"))
  }
}
