import AssayCore
import AssayTensor
import Foundation
import Testing

@testable import AssayCLI

@Suite struct ModelCommandTests {
  @Test func `logits are written without a tokenizer`() async throws {
    let tiny = try TinyModelFolder(tokenizer: false)
    defer { tiny.remove() }
    let out = tiny.path("logits.safetensors")
    let run = await CommandRun.assay(
      "model", "logits", "--model", tiny.model.path, "--tokens", "1,2,3", "--out", out, "--json")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.json["shape"] == [1, 3, 261])
    let file = try SafetensorsFile(URL(fileURLWithPath: out))
    let logits = try file.tensor("logits")
    #expect(logits.shape == [1, 3, 261] && logits.dtype == .float32)
  }

  @Test(arguments: ["1,x", "1,999", ""])
  func `token ids that are none are refused`(_ ids: String) async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let out = tiny.path("logits.safetensors")
    let run = await CommandRun.assay(
      "model", "logits", "--model", tiny.model.path, "--tokens", ids, "--out", out)
    #expect(run.code == (ids == "1,999" ? 1 : 64))
    #expect(run.errors.hasPrefix("error: "))
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func `more tokens than the context holds are refused`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let out = tiny.path("logits.safetensors")
    let ids = [String](repeating: "1", count: 257).joined(separator: ",")
    let run = await CommandRun.assay(
      "model", "logits", "--model", tiny.model.path, "--tokens", ids, "--out", out)
    #expect(run.code == 1 && run.errors.contains("context of 256"))
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func `greedy text comes with its tokens, the same each time`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let command = [
      "model", "generate", "--model", tiny.model.path, "--prompt", "a b", "--max-new-tokens", "5",
      "--greedy", "--json",
    ]
    let run = await CommandRun.assay(command)
    #expect(run.code == 0, "\(run.errors)")
    #expect(Set((run.json.object ?? [:]).keys) == ["text", "tokens", "logProbabilities"])
    #expect((1...5).contains(run.json["tokens"]?.array?.count ?? 0))
    #expect(await CommandRun.assay(command).output == run.output)
  }

  @Test func `a model's sizes are told`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let run = await CommandRun.assay("model", "info", "--model", tiny.model.path, "--json")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.json["tokenizer"] == 261 && run.json["configuration"]?["hiddenSize"] == 16)
    let words = await CommandRun.assay("model", "info", "--model", tiny.model.path)
    #expect(words.output.contains("hiddenSize"))
  }

  @Test(arguments: ["../x", "name", "a/b@../c", "a/b c"])
  func `a name that is none is refused before anything is asked`(_ name: String) async {
    let run = await CommandRun.assay("model", "pull", name)
    #expect(run.code == 1 && run.output.isEmpty)
    #expect(run.errors.hasPrefix("error: '") && run.errors.contains("\nhint: write "))
  }

  @Test func `text needs a tokenizer, and the error says so`() async throws {
    let tiny = try TinyModelFolder(tokenizer: false)
    defer { tiny.remove() }
    let run = await CommandRun.assay(
      "model", "generate", "--model", tiny.model.path, "--prompt", "a")
    #expect(run.code == 1 && run.errors.contains("tokenizer.json"))
  }
}
