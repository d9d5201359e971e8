import AssayCore
import AssayModels
import AssayText
import Foundation

@testable import AssayCLI

/// What a command said and how it ended, run in this process.
struct CommandRun {
  var code: Int32
  var output: String
  var errors: String

  /// Runs `assay` with these arguments; `typed` are the lines that a person writes.
  static func assay(_ arguments: [String], typed: [String] = []) async -> CommandRun {
    let output = Locked("")
    let errors = Locked("")
    let waiting = Locked(typed[...])
    let console = Console(
      output: { text in output.withLock { $0 += text } },
      errors: { text in errors.withLock { $0 += text } },
      input: { waiting.withLock { $0.popFirst() } })
    let code = await Console.$current.withValue(console) {
      await AssayTool.run(arguments)
    }
    return CommandRun(
      code: code, output: output.withLock { $0 }, errors: errors.withLock { $0 })
  }

  /// The last line of the output as JSON; null when it is none.
  var json: JSONValue {
    let line = output.split(separator: "\n").last.map(String.init) ?? ""
    return (try? JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))) ?? .null
  }
}

/// A folder with a tiny model in it, removed when the test is over.
struct TinyModelFolder {
  let folder: URL
  let model: URL

  init(tokenizer hasTokenizer: Bool = true, chatTemplate: String? = nil) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-cli-\(UUID().uuidString)", isDirectory: true)
    model = folder.appendingPathComponent("model", isDirectory: true)
    let tokenizer = try Tokenizer.train(
      ["a b"], vocabularySize: 256 + ChatMarkup.specialTokens.count,
      specialTokens: ChatMarkup.specialTokens)
    let configuration = ModelConfiguration(
      hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2,
      vocabularySize: tokenizer.vocabularySize, contextLength: 256)
    try ModelBundle(
      model: DecoderModel(configuration, seed: 1), tokenizer: hasTokenizer ? tokenizer : nil,
      chatTemplate: chatTemplate
    ).save(to: model)
  }

  func path(_ name: String) -> String {
    folder.appendingPathComponent(name).path
  }

  func remove() {
    try? FileManager.default.removeItem(at: folder)
  }
}

extension CommandRun {
  /// Runs `assay` with these arguments.
  static func assay(_ arguments: String...) async -> CommandRun {
    await assay(arguments)
  }
}
