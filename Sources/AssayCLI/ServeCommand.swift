import ArgumentParser
import AssayCore
import AssayModels
import AssayServe
import Foundation

/// `assay serve`: a model behind OpenAI's interface.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serves a model over HTTP, as OpenAI's servers do.",
    discussion: """
      GET /v1/models, POST /v1/chat/completions by the model's chat template, POST /v1/completions, and \
      GET /health; streaming, log-probabilities, stop strings and seeds. Any OpenAI client can talk to \
      it; requests are answered one after the other. Ctrl-C stops it when what is being answered is \
      done; pressed again, at once.

      Only this computer can reach it unless --host says otherwise; then name a key, too.

      Examples:
        assay serve smallworld-4m
        assay serve runs/organisms/ID --name suspect --port 9000
        ASSAY_SERVE_KEY=… assay serve DIR --host 0.0.0.0 --key-variable ASSAY_SERVE_KEY
      """)

  @Argument(
    help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "model"))
  var model: String

  @Option(
    help: ArgumentHelp(
      "What requests call the model. (default: the last part of its name)", valueName: "name"))
  var name: String?

  @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
  var host = "127.0.0.1"

  @Option(help: ArgumentHelp("The port; 0 takes a free one.", valueName: "port"))
  var port: UInt16 = 8000

  @Option(
    help: ArgumentHelp(
      "The environment variable with the key that requests must carry.", valueName: "variable"))
  var keyVariable: String?

  @Option(help: ArgumentHelp("The most tokens of one answer.", valueName: "n"))
  var maxTokens = 4096

  @Option(help: ArgumentHelp("The most bytes of a request.", valueName: "bytes"))
  var maxRequestBytes = 8 << 20

  @Option(help: ArgumentHelp("The most requests that wait or are being answered.", valueName: "n"))
  var queue = 64

  @OptionGroup var type: WeightTypeOptions
  @OptionGroup var seed: SeedOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if name?.isEmpty == true { throw ValidationError("--name must not be empty") }
    if maxTokens < 1 { throw ValidationError("--max-tokens must be at least 1") }
    if maxRequestBytes < 1 { throw ValidationError("--max-request-bytes must be at least 1") }
    if queue < 1 { throw ValidationError("--queue must be at least 1") }
  }

  func run() async throws {
    let console = Console.current
    let folder = try ModelBundle.resolve(model)
    var settings = ServerSettings(modelName: name ?? (model as NSString).lastPathComponent)
    settings.host = host
    settings.port = port
    settings.key = try key()
    settings.seed = seed.seed
    settings.mostTokens = maxTokens
    settings.mostBytes = maxRequestBytes
    settings.mostWaiting = queue
    let dtype = try type.chosen(for: ModelSummary(folder))
    let server = try ModelServer(ModelBundle.load(folder, dtype: dtype), settings)
    if !settings.isLocal, settings.key == nil, !output.quiet {
      console.note("warning: anybody who reaches \(host) can use the model; see --key-variable")
    }
    let signals = StopSignals(quiet: output.quiet) { await server.stop() }
    defer { signals.cancel() }
    let (asJSON, modelName) = (output.json, settings.modelName)
    try await server.run { address in
      if asJSON {
        try? console.json(["address": address, "model": modelName])
      } else {
        console.line("serving \(modelName) at \(address)")
      }
    }
  }

  private func key() throws -> String? {
    guard let keyVariable else { return nil }
    guard let key = ProcessInfo.processInfo.environment[keyVariable], !key.isEmpty else {
      throw AssayError(
        .usage, "the environment has no key in \(keyVariable)",
        hint: "set \(keyVariable), or leave --key-variable out")
    }
    return key
  }
}
