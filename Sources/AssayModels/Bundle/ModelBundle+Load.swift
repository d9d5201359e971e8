import AssayCore
import AssayTensor
import AssayText
import Foundation

extension ModelBundle {
  /// Names of the models that come with Assay.
  public static var shippedNames: [String] {
    let root = shippedDirectory
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter {
      FileManager.default.fileExists(
        atPath: root.appendingPathComponent($0).appendingPathComponent("config.json").path)
    }.sorted()
  }

  /// The folder of the shipped models.
  public static var shippedDirectory: URL {
    (Bundle.module.resourceURL ?? Bundle.module.bundleURL).appendingPathComponent("Shipped")
  }

  /// The directory of a model given by a path, by a shipped name, or by `OWNER/NAME[@REVISION]`
  /// after it was pulled into the cache.
  ///
  /// A directory wins over a name. Throws `.notFound` listing the shipped names.
  public static func resolve(
    _ nameOrPath: String,
    cache: HubCache = HubCache(environment: ProcessInfo.processInfo.environment)
  ) throws -> URL {
    let path = URL(fileURLWithPath: (nameOrPath as NSString).expandingTildeInPath)
    let files = FileManager.default
    if files.fileExists(atPath: path.appendingPathComponent("config.json").path) { return path }
    if shippedNames.contains(nameOrPath) {
      return shippedDirectory.appendingPathComponent(nameOrPath)
    }
    let known = shippedNames.isEmpty ? "none" : shippedNames.joined(separator: ", ")
    var hint = "give a directory in Hugging Face form or a shipped model: \(known)"
    if files.fileExists(atPath: path.path) {
      throw AssayError(.notFound, "'\(nameOrPath)' has no config.json", hint: hint)
    }
    if let name = try? HubName(nameOrPath) {
      if let snapshot = cache.snapshot(name) { return snapshot }
      hint = "fetch it with 'assay model pull \(name)', or \(hint)"
    } else {
      hint += "; 'assay model pull OWNER/NAME' fetches others"
    }
    throw AssayError(.notFound, "no model '\(nameOrPath)'", hint: hint)
  }

  /// Loads a model by shipped name or path; see `load(_:dtype:)`.
  public static func load(named nameOrPath: String, dtype: DType? = nil) throws -> ModelBundle {
    try load(resolve(nameOrPath), dtype: dtype)
  }

  /// Loads a Hugging Face directory.
  ///
  /// Weights come from `model.safetensors` or from the shards of `model.safetensors.index.json` and
  /// are converted to `dtype`; nil means float32, in which results agree with the reference. Throws
  /// for missing, truncated or ill-fitting files, unknown architectures and pickles.
  public static func load(_ url: URL, dtype: DType? = nil) throws -> ModelBundle {
    let configFile = url.appendingPathComponent("config.json")
    let configuration = try ModelConfiguration(huggingFace: configFile)
    let checkpoint = try Checkpoint(directory: url)
    let model: DecoderModel
    do {
      model = try DecoderModel(configuration, checkpoint: checkpoint, dtype: dtype ?? .float32)
    } catch var error as AssayError {
      error.message = "'\(url.path)': \(error.message)"
      throw error
    }
    let companions = companions(in: url, companionNames)
    let tokenizer = try tokenizer(in: url, companions)
    return ModelBundle(
      model: model, tokenizer: tokenizer, directory: url, companions: companions)
  }

  /// `config.json` and those of the files called `names` that are there.
  static func companions(in directory: URL, _ names: [String]) -> [String: Data] {
    var found: [String: Data] = [:]
    for name in ["config.json"] + names {
      found[name] = try? Data(contentsOf: directory.appendingPathComponent(name))
    }
    return found
  }

  /// `tokenizer.json`, or else SentencePiece's `tokenizer.model`; nil where there is neither.
  static func tokenizer(in directory: URL, _ companions: [String: Data]) throws
    -> Tokenizer?
  {
    if companions["tokenizer.json"] != nil {
      return try Tokenizer(json: directory.appendingPathComponent("tokenizer.json"))
    }
    guard companions["tokenizer.model"] != nil else { return nil }
    return try Tokenizer(sentencePiece: directory.appendingPathComponent("tokenizer.model"))
  }
}
