import AssayCore
import Foundation
import Testing

@Suite struct ServeCommandTests {
  @Test(arguments: [
    ["serve"], ["serve", "x", "--port", "70000"], ["serve", "x", "--max-tokens", "0"],
    ["serve", "x", "--queue", "0"], ["export", "--inspect", "log.txt", "x"],
    ["export", "--inspect", "log.eval"],
  ])
  func `a command line that makes no sense ends with 64`(_ arguments: [String]) async {
    let run = await CommandRun.assay(arguments)
    #expect(run.code == 64 && run.output.isEmpty)
  }

  @Test func `a model, a key and an address that are none are named`() async throws {
    let model = try TinyModelFolder()
    defer { model.remove() }
    let none = await CommandRun.assay("serve", "no-such-model")
    #expect(none.code == 1 && none.errors.contains("no-such-model"))
    let key = await CommandRun.assay(
      "serve", model.model.path, "--key-variable", "ASSAY_TEST_NO_SUCH_KEY")
    #expect(key.code == 64 && key.errors.contains("ASSAY_TEST_NO_SUCH_KEY"))
    let host = await CommandRun.assay("serve", model.model.path, "--host", "nowhere at all")
    #expect(host.code == 64 && host.errors.contains("is no address"))
    let bare = try TinyModelFolder(tokenizer: false)
    defer { bare.remove() }
    let text = await CommandRun.assay("serve", bare.model.path, "--port", "0")
    #expect(text.code == 1 && text.errors.contains("tokenizer"))
  }

  @Test func `a match that is not there cannot be exported, and no file is left`() async throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("assay-\(UUID().uuidString).eval")
    let run = await CommandRun.assay(
      "export", "--inspect", file.path, "no-such-match", "--store", "/tmp/no-such-store")
    #expect(run.code == 1 && run.errors.contains("no match 'no-such-match'"))
    #expect(!FileManager.default.fileExists(atPath: file.path))
  }
}
