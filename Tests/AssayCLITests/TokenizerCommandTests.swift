import AssayText
import Foundation
import Testing

@testable import AssayCLI

@Suite struct TokenizerCommandTests {
  @Test func `lines of text become ids, and ids the text again`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let file = tiny.model.appendingPathComponent("tokenizer.json").path
    let texts = ["a b", "", "new\nline \"é\" 👩‍🔬"]
    let lines = try texts.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    try lines.joined(separator: "\n").write(
      toFile: tiny.path("texts"), atomically: true, encoding: .utf8)
    let encoded = await CommandRun.assay(
      "tokenizer", "encode", "--tokenizer", file, "--input", tiny.path("texts"))
    let tokenizer = try Tokenizer(json: URL(fileURLWithPath: file))
    let ids = try encoded.output.split(separator: "\n").map {
      try JSONDecoder().decode([Int].self, from: Data($0.utf8))
    }
    #expect(encoded.code == 0)
    #expect(ids == texts.map { tokenizer.encode($0, addSpecial: true) })
    try encoded.output.write(toFile: tiny.path("ids"), atomically: true, encoding: .utf8)
    let decoded = await CommandRun.assay(
      "tokenizer", "decode", "--tokenizer", file, "--input", tiny.path("ids"))
    let back = try decoded.output.split(separator: "\n").map {
      try JSONDecoder().decode(String.self, from: Data($0.utf8))
    }
    #expect(back == texts)
  }

  @Test func `a line that is no string is named`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    try "\"a\"\n[1]\n".write(toFile: tiny.path("texts"), atomically: true, encoding: .utf8)
    let run = await CommandRun.assay(
      "tokenizer", "encode", "--tokenizer",
      tiny.model.appendingPathComponent("tokenizer.json").path, "--input", tiny.path("texts"))
    #expect(run.code == 1)
    #expect(run.errors.contains("line 2"))
  }
}
