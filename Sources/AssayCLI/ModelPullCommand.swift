import ArgumentParser
import AssayCore
import AssayModels
import Foundation

/// `assay model pull`: fetches a model from a hub.
struct ModelPullCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Fetches a model from the Hugging Face hub.",
    discussion: """
      Fetches configuration, tokenizer and safetensors weights into the cache that the Python \
      library huggingface_hub uses too, and prints where they lie. Other commands then take the \
      model by its name. A download that was cut goes on; every file is checked against its hash.

      HF_TOKEN (or the token file of `hf auth login`) says who you are, HF_HUB_CACHE or HF_HOME \
      where the cache is, HF_ENDPOINT which hub to ask; with HF_HUB_OFFLINE=1 only the cache is \
      looked at.

      Examples:
        assay model pull OWNER/NAME
        assay model pull OWNER/NAME@v1.0 --json
        assay model info --model OWNER/NAME
      """)

  @Argument(
    help: ArgumentHelp(
      "The repository; a branch, a tag or a commit after an '@'.",
      valueName: "owner/name[@revision]"))
  var model: String

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let console = Console.current
    let name = try HubName(model)
    let start = ContinuousClock.now
    let pulled = try await HubPull.run(
      name, settings: HubSettings(), quiet: output.quiet, note: { console.note($0) })
    let elapsed = (ContinuousClock.now - start).components
    let seconds =
      Double(elapsed.seconds) + Double(elapsed.attoseconds / 1_000_000_000_000_000) / 1000
    if output.json {
      try console.json(
        Pulled(
          repository: name.repository, revision: name.revision, commit: pulled.commit,
          directory: pulled.directory.path, files: pulled.files, bytes: pulled.bytes,
          seconds: seconds))
      return
    }
    console.line(pulled.directory.path)
    console.line("  model    \(name)")
    console.line("  commit   \(pulled.commit)")
    console.line("  files    \(pulled.files), \(pulled.bytes) bytes")
    console.line("  took     \(String(format: "%.1f", seconds)) s")
  }

  private struct Pulled: Encodable {
    var repository: String
    var revision: String
    var commit: String
    var directory: String
    var files: Int
    var bytes: Int
    var seconds: Double
  }
}
