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

  @Test func `tokens are searched for, the same each time`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let command = [
      "model", "search", "--model", tiny.model.path, "--before", "a", "--initial", "xyz",
      "--target", "b", "--steps", "3", "--width", "16", "--json", "--quiet",
    ]
    let run = await CommandRun.assay(command)
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.json["tokens"]?.array?.count == 3)
    #expect(await CommandRun.assay(command).output == run.output)
    let empty = await CommandRun.assay(
      "model", "search", "--model", tiny.model.path, "--target", "")
    #expect(empty.code == 1 && empty.errors.contains("target is empty"))
  }

  @Test func `a model's sizes are told`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let run = await CommandRun.assay("model", "info", "--model", tiny.model.path, "--json")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.json["tokenizer"] == 261 && run.json["configuration"]?["hiddenSize"] == 16)
    let words = await CommandRun.assay("model", "info", "--model", tiny.model.path)
    #expect(words.output.contains("\n  blocks          1 of width 16; RMSNorm"))
    #expect(words.output.contains("\n  tokenizer       261 tokens\n"))
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

  @Test func `hidden states come with the logits when wanted`() async throws {
    let tiny = try TinyModelFolder(tokenizer: false)
    defer { tiny.remove() }
    let out = tiny.path("logits.safetensors")
    let run = await CommandRun.assay(
      "model", "logits", "--model", tiny.model.path, "--tokens", "1,2,3", "--out", out, "--hidden",
      "--dtype", "stored")
    #expect(run.code == 0, "\(run.errors)")
    let file = try SafetensorsFile(URL(fileURLWithPath: out))
    #expect(file.names == ["hidden.0", "hidden.1", "logits"])
    #expect(file.shape("hidden.1") == [1, 3, 16] && file.dtype("logits") == .float32)
  }

  @Test func `gradients are written for every weight`() async throws {
    let tiny = try TinyModelFolder(tokenizer: false)
    defer { tiny.remove() }
    let out = tiny.path("gradients.safetensors")
    let run = await CommandRun.assay(
      "model", "gradients", "--model", tiny.model.path, "--tokens", "1,2,3", "--out", out, "--json")
    #expect(run.code == 0, "\(run.errors)")
    let file = try SafetensorsFile(URL(fileURLWithPath: out))
    let weights = try SafetensorsFile(tiny.model.appendingPathComponent("model.safetensors"))
    #expect(file.names == weights.names)
    for name in file.names {
      #expect(file.shape(name) == weights.shape(name))
      #expect(try file.tensor(name).abs().amax().item() > 0, "\(name)")
    }
    let short = await CommandRun.assay(
      "model", "gradients", "--model", tiny.model.path, "--tokens", "1", "--out", out)
    #expect(short.code == 64)
  }

  @Test func `a copy has the weights in the type that was asked for`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let out = tiny.path("copy")
    let run = await CommandRun.assay(
      "model", "copy", "--model", tiny.model.path, "--out", out, "--dtype", "float32", "--json")
    #expect(run.code == 0, "\(run.errors)")
    let copy = try SafetensorsFile(
      URL(fileURLWithPath: out).appendingPathComponent("model.safetensors"))
    let original = try SafetensorsFile(tiny.model.appendingPathComponent("model.safetensors"))
    for name in original.names {
      #expect(copy.dtype(name) == .float32)
      #expect(try copy.tensor(name).isEqual(to: original.tensor(name).to(dtype: .float32)))
    }
    let wrong = await CommandRun.assay(
      "model", "copy", "--model", tiny.model.path, "--out", out, "--dtype", "int8")
    #expect(wrong.code == 64 && wrong.errors.contains("hint: choose stored"))
  }

  @Test func `a decoder makes no vectors of texts, and no texts no vectors`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let run = await CommandRun.assay("model", "embed", "--model", tiny.model.path, "--text", "a")
    #expect(run.code == 1 && run.errors.contains("is a decoder"))
    let none = await CommandRun.assay("model", "embed", "--model", tiny.model.path)
    #expect(none.code == 64 && none.errors.contains("--text"))
  }

  @Test func `chats are rendered line by line, refusals included`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let template =
      "{% for m in messages %}{% if m.role == 'odd' %}{{ raise_exception('no') }}"
      + "{% endif %}{{ m.role }}: {{ m.content }};{% endfor %}{% if add_generation_prompt %}>{% endif %}"
    try Data(template.utf8).write(to: tiny.model.appendingPathComponent("chat_template.jinja"))
    let input = tiny.path("chats")
    let lines = """
      [{"role": "user", "content": "Hi"}]
      {"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": true}
      [{"role": "odd", "content": "Hi"}]
      """
    try Data(lines.utf8).write(to: URL(fileURLWithPath: input))
    let run = await CommandRun.assay(
      "tokenizer", "chat", "--model", tiny.model.path, "--input", input)
    #expect(run.code == 0, "\(run.errors)")
    let answers = run.output.split(separator: "\n")
    #expect(answers.prefix(2) == [#"{"text":"user: Hi;"}"#, #"{"text":"user: Hi;>"}"#])
    #expect(answers[2].hasPrefix(#"{"error":"#) && answers[2].contains("no"))
  }
}
