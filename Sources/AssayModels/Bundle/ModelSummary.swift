import AssayCore
import AssayTensor
import AssayText
import Foundation

/// What the files of a model say about it, without a weight being read.
public struct ModelSummary: Sendable {
  /// What the model computes.
  public enum Kind: Sendable {
    /// Text after a text.
    case decoder(ModelConfiguration)
    /// A vector of a text.
    case encoder(EncoderConfiguration)
  }

  /// A weight as the checkpoint has it.
  public struct Weight: Sendable {
    /// Its name there.
    public var name: String
    /// Its shape.
    public var shape: [Int]
    /// What it is stored in.
    public var dtype: DType
  }

  /// Where the model is.
  public let directory: URL
  /// What it is.
  public let kind: Kind
  /// The weights that are used, by name.
  public let weights: [Weight]
  /// The weight files with their sizes in bytes.
  public let files: [(name: String, bytes: Int)]
  /// Its tokenizer, nil where there is none.
  public let tokenizer: Tokenizer?
  /// Its chat template, nil where there is none.
  public let chatTemplate: ChatTemplate?
  /// Tokens that end a generated text.
  public let endOfSequence: [Int]

  /// Number of numbers in the weights.
  public var parameterCount: Int { weights.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  /// The dtypes of the weights, the one that most numbers are stored in first.
  public var dtypes: [DType] {
    var counts: [DType: Int] = [:]
    for weight in weights { counts[weight.dtype, default: 0] += weight.shape.reduce(1, *) }
    return counts.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map(\.key)
  }

  /// Reads the summary of a directory; throws as loading it would, damaged weights excepted.
  public init(_ url: URL) throws {
    let file = try ConfigurationFile(reading: url.appendingPathComponent("config.json"))
    let checkpoint = try Checkpoint(directory: url)
    let shapes = checkpoint.shapes
    let stored: [String: String]
    var ends: [Int] = []
    do {
      if EncoderFamilies.family(of: file) != nil {
        let configuration = try EncoderConfiguration(file)
        kind = .encoder(configuration)
        stored = try EncoderModel.storedNames(configuration, shapes)
      } else {
        let configuration = try ModelConfiguration(file)
        kind = .decoder(configuration)
        stored = try DecoderModel.storedNames(configuration, shapes)
        ends = configuration.endOfSequence
      }
    } catch var error as AssayError {
      if !error.message.hasPrefix("'") { error.message = "'\(url.path)': \(error.message)" }
      throw error
    }
    let companions = ModelBundle.companions(in: url, ModelBundle.companionNames)
    directory = url
    weights = stored.values.sorted().map {
      Weight(name: $0, shape: shapes[$0] ?? [], dtype: checkpoint.dtype($0) ?? .float32)
    }
    files = checkpoint.files.map { ($0.url.lastPathComponent, $0.byteCount) }
    tokenizer = try ModelBundle.tokenizer(in: url, companions)
    chatTemplate = try ModelBundle.chatTemplate(companions, of: url)
    endOfSequence = ModelBundle.endOfSequence(companions) ?? ends
  }
}
