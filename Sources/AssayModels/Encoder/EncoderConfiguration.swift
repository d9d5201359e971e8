import AssayCore
import Foundation

/// The shape of an encoder of BERT's form, as `config.json` of a Hugging Face directory gives it.
public struct EncoderConfiguration: Codable, Hashable, Sendable {
  /// The family, by its `model_type` in Hugging Face's words: `bert`, `roberta`.
  public var family: String
  /// Width of the residual stream.
  public var hiddenSize: Int
  /// Width of the MLP's hidden layer.
  public var intermediateSize: Int
  /// Number of transformer blocks.
  public var layers: Int
  /// Number of attention heads.
  public var heads: Int
  /// Number of tokens in the vocabulary.
  public var vocabularySize: Int
  /// Rows of the position embedding.
  public var positions: Int
  /// Rows of the segment embedding; 0 where there is none.
  public var segments: Int
  /// Added to the variance in norms.
  public var normEpsilon: Double
  /// The MLP's nonlinearity.
  public var activation: DecoderForm.Activation
  /// The token that fills short rows up.
  public var paddingToken: Int
  /// Where positions count real tokens from one past the padding token's number (RoBERTa) and not from
  /// 0 (BERT).
  public var countsFromPadding: Bool

  /// Longest sequence in tokens.
  public var contextLength: Int { countsFromPadding ? positions - paddingToken - 1 : positions }

  /// The architecture's name in Hugging Face's words, without a head: `BertModel`.
  public var architecture: String { EncoderFamilies.named(family).architecture(self) }

  /// Width of one head.
  public var headDimension: Int { hiddenSize / heads }

  /// The encoder architectures that can be read.
  public static var supportedFamilies: [String] { EncoderFamilies.all.flatMap { $0.modelTypes } }

  /// Reads a `config.json`.
  ///
  /// Throws `.unsupported` for a decoder or an unknown architecture, `.corrupt` for impossible values,
  /// `.notFound` where there is no such file.
  public init(huggingFace url: URL) throws {
    try self.init(ConfigurationFile(reading: url))
  }

  init(_ file: ConfigurationFile) throws {
    guard let family = EncoderFamilies.family(of: file) else {
      let architecture =
        (file.object["architectures"] as? [String])?.first ?? file.object["model_type"] as? String
        ?? "none"
      let isDecoder = (try? Families.family(of: file)) != nil
      throw AssayError(
        .unsupported,
        isDecoder
          ? "'\(file.path)' is a decoder (\(architecture)), which makes no vectors of texts"
          : "'\(file.path)' names the architecture \(architecture), which is no encoder known here",
        hint: isDecoder
          ? "decoders write text: assay model generate"
          : "supported: \(Self.supportedFamilies.joined(separator: ", "))")
    }
    self = try family.configuration(file)
    try check(file.path)
  }

  init(
    family: String, hiddenSize: Int, intermediateSize: Int, layers: Int, heads: Int,
    vocabularySize: Int, positions: Int, segments: Int, normEpsilon: Double,
    activation: DecoderForm.Activation, paddingToken: Int, countsFromPadding: Bool
  ) {
    self.family = family
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layers = layers
    self.heads = heads
    self.vocabularySize = vocabularySize
    self.positions = positions
    self.segments = segments
    self.normEpsilon = normEpsilon
    self.activation = activation
    self.paddingToken = paddingToken
    self.countsFromPadding = countsFromPadding
  }

  private func check(_ path: String) throws {
    guard hiddenSize % heads == 0 else {
      throw AssayError(
        .corrupt, "'\(path)': \(heads) heads do not divide the model's width \(hiddenSize)")
    }
    guard normEpsilon >= 0 else {
      throw AssayError(.corrupt, "'\(path)': the norm's epsilon must not be negative")
    }
    guard (0..<vocabularySize).contains(paddingToken), contextLength > 0 else {
      throw AssayError(
        .corrupt,
        "'\(path)': pad_token_id \(paddingToken) does not fit \(vocabularySize) tokens and "
          + "\(positions) positions")
    }
  }
}
