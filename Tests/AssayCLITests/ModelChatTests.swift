import AssayCore
import AssayText
import Foundation
import Testing

@testable import AssayCLI

@Suite struct ModelChatTests {
  private func generate(_ tiny: TinyModelFolder, _ more: [String]) async -> CommandRun {
    await CommandRun.assay(
      ["model", "generate", "--model", tiny.model.path, "--greedy", "--max-new-tokens", "6"] + more)
  }

  @Test func `a prompt goes through the chat template where asked`() async throws {
    let tiny = try TinyModelFolder(chatTemplate: ChatMarkup.template)
    defer { tiny.remove() }
    let chat = await generate(
      tiny, ["--chat", "--system", "s", "--prompt", "a b", "--json"])
    #expect(chat.code == 0, "\(chat.errors)")
    let plain = await generate(
      tiny, ["--prompt", ChatMarkup.prompt("a b", system: "s"), "--json"])
    #expect(chat.output == plain.output)
    let bare = await generate(tiny, ["--prompt", "a b", "--json"])
    #expect(bare.json["logProbabilities"] != chat.json["logProbabilities"])
  }

  @Test func `a model without a chat template is refused with the next step`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    for run in [
      await generate(tiny, ["--chat", "--prompt", "a"]),
      await CommandRun.assay(["model", "chat", tiny.model.path], typed: ["a"]),
    ] {
      #expect(run.code == 1 && run.output.isEmpty)
      #expect(run.errors.contains("no chat template") && run.errors.contains("hint: copy"))
    }
    let wrong = await generate(tiny, ["--system", "s", "--prompt", "a"])
    #expect(wrong.code == 64 && wrong.errors.contains("--system needs --chat"))
  }

  @Test func `choices and the likeliest tokens are reported`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let run = await generate(
      tiny, ["--prompt", "a", "--choices", " yes", " no", "--top-logprobs", "3", "--json"])
    #expect(run.code == 0, "\(run.errors)")
    let text = try #require(run.json["text"]?.string)
    let choices = try #require(run.json["choices"]?.array)
    #expect(choices.map { $0["text"]?.string } == [" yes", " no"])
    let score = try #require(
      choices.first { $0["text"]?.string == text }?["logProbability"]?.double)
    let parts = try #require(run.json["logProbabilities"]?.array).compactMap(\.double)
    #expect(abs(parts.reduce(0, +) - score) < 1e-4)
    let top = try #require(run.json["top"]?.array)
    #expect(top.count == parts.count && top.allSatisfy { $0.array?.count == 3 })
    let words = await generate(tiny, ["--prompt", "a", "--choices", " yes", " no"])
    #expect(words.output.hasPrefix(text + "\n") && words.output.contains("  \(" no")\n"))
    let long = await generate(tiny, ["--prompt", "a", "--choices", "much too long"])
    #expect(long.code == 1 && long.errors.contains("the longest choice takes 13 tokens"))
  }

  @Test func `each line of a file of prompts is continued`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let file = tiny.path("prompts.jsonl")
    try Data("\"a b\"\n\"b\"\n".utf8).write(to: URL(fileURLWithPath: file))
    let run = await generate(tiny, ["--prompts", file, "--json", "--batch", "1"])
    #expect(run.code == 0 && run.errors.hasPrefix("2 prompts, "), "\(run.errors)")
    let alone = [
      await generate(tiny, ["--prompt", "a b", "--json"]),
      await generate(tiny, ["--prompt", "b", "--json"]),
    ]
    #expect(run.output.split(separator: "\n").count == 2)
    for (line, one) in zip(run.output.split(separator: "\n"), alone) {
      let value = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
      #expect(value["tokens"] == one.json["tokens"])
    }
    try Data("x\n".utf8).write(to: URL(fileURLWithPath: file))
    let wrong = await generate(tiny, ["--prompts", file])
    #expect(wrong.code == 1 && wrong.errors.contains("line 1"))
    #expect(await generate(tiny, []).code == 64)
  }

  @Test func `a conversation reads one turn a line and obeys its commands`() async throws {
    let tiny = try TinyModelFolder(chatTemplate: ChatMarkup.template)
    defer { tiny.remove() }
    func chat(_ lines: String...) async -> CommandRun {
      await CommandRun.assay(
        ["model", "chat", tiny.model.path, "--greedy", "--max-new-tokens", "4"], typed: lines)
    }
    let first = await chat("a b")
    #expect(first.code == 0, "\(first.errors)")
    #expect(await chat("a b", "/reset", "a b").output == first.output + first.output)
    #expect(await chat("", "a b", "/quit", "b a").output == first.output)
    let other = await generate(
      tiny, ["--chat", "--system", "zz", "--prompt", "a b", "--max-new-tokens", "4"])
    #expect(await chat("/system zz", "a b").output == other.output)
    let wrong = await chat("/help", "a b")
    #expect(wrong.code == 1 && wrong.output == first.output)
    #expect(wrong.errors.contains("no command '/help'"))
    let long = await chat(String(repeating: "a b", count: 200), "a b")
    #expect(long.code == 1 && long.errors.contains("context is 256"))
    #expect(long.output == first.output)
  }
}
