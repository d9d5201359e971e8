import ArgumentParser
import AssayCore
import AssayText
import Foundation

/// `assay world build`: SmallWorld as files.
struct WorldBuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Writes SmallWorld as JSON lines.",
    discussion: """
      Makes train.jsonl and heldOut.jsonl; each line is a document with its text, register, source and \
      split. The registers take turns. The same seed gives the same bytes.

      Example:
        assay world build --out corpus --documents 10000
      """)

  @Option(help: ArgumentHelp("The folder to write to; made when it is missing.", valueName: "dir"))
  var out: String

  @Option(help: ArgumentHelp("How many documents in each split.", valueName: "n"))
  var documents = 10_000

  @OptionGroup var seed: SeedOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if documents < 1 { throw ValidationError("--documents must be at least 1") }
  }

  func run() async throws {
    let world = SmallWorld(seed: seed.seed)
    let folder = URL(fileURLWithPath: out, isDirectory: true).standardizedFileURL
    try Folder.make(folder)
    let progress = Progress(
      "documents", total: 2 * documents, unit: "documents", quiet: output.quiet)
    var written: [String: Int] = [:]
    for split in Split.allCases {
      let url = folder.appendingPathComponent("\(split.rawValue).jsonl")
      written[url.path] = try LineFile.write(to: url, count: documents) { number in
        let register = SmallWorld.registers[number % SmallWorld.registers.count]
        let document = world.document(
          register, index: number / SmallWorld.registers.count, split: split)
        progress.advance()
        return try CanonicalJSON.data(DocumentLine(document))
      }
    }
    progress.finish()
    if output.json {
      try Console.current.json(
        Built(out: folder.path, documents: documents, seed: seed.seed, bytes: written))
    } else {
      for (path, bytes) in written.sorted(by: { $0.key < $1.key }) {
        Console.current.line("\(path): \(documents) documents, \(bytes) bytes")
      }
    }
  }

  private struct Built: Encodable {
    var out: String
    var documents: Int
    var seed: UInt64
    var bytes: [String: Int]
  }
}
