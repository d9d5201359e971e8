import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor
import Foundation

/// `assay model embed`: vectors of texts.
struct ModelEmbedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Compares texts by the vectors that an encoder makes of them.",
    discussion: """
      The model is an encoder (BERT, MiniLM, RoBERTa, DistilBERT). Its sentence-transformers files say \
      how the vectors of tokens become one; without them it is their mean, scaled to length one. Prints \
      the cosine similarity of every two texts, or with --json a line for each text with its vector.

      Examples:
        assay model embed --model OWNER/NAME --text "a cat" --text "a kitten" --text "a tax"
        assay model embed --model DIR --file sentences.txt --json
      """)

  @Option(help: ArgumentHelp("A pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @Option(parsing: .singleValue, help: "A text; may be given several times.")
  var text: [String] = []

  @Option(help: ArgumentHelp("A file with a text on each line.", valueName: "file"))
  var file: String?

  @Flag(help: "Print one JSON object a line: a text and its vector.")
  var json = false

  func run() async throws {
    let texts = try text + lines()
    guard !texts.isEmpty else {
      throw AssayError(.usage, "there are no texts", hint: "give --text TEXT or --file FILE")
    }
    let vectors = try SentenceEmbedder.load(named: model).embed(texts)  // [N, D]
    let console = Console.current
    if json {
      for (index, text) in texts.enumerated() {
        try console.json(Embedded(text: text, vector: vectors[index].floats()))
      }
      return
    }
    let lengths = vectors.norm(-1, keep: true).clamp(min: 1e-12)
    let unit = vectors / lengths
    let similarity = unit.matmul(unit.T)  // [N, N]
    console.line("\(texts.count) texts, \(vectors.dim(1)) dimensions; cosine similarity")
    let width = String(texts.count).count
    func label(_ index: Int) -> String {
      String(repeating: " ", count: width - String(index + 1).count) + String(index + 1)
    }
    for (index, text) in texts.enumerated() {
      let row = similarity[index].floats().map { String(format: "%6.3f", $0) }
      console.line("  \(label(index))  \(row.joined(separator: " "))  \(text)")
    }
  }

  private func lines() throws -> [String] {
    guard let file else { return [] }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw AssayError(
        .unreadable, "cannot read '\(file)'", hint: "check that you may read this file")
    }
    return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
  }

  private struct Embedded: Encodable {
    var text: String
    var vector: [Float]
  }
}
