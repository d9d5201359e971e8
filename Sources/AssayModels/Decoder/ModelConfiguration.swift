import AssayCore
import Foundation

/// The shape of a decoder-only model, as `config.json` of a Hugging Face directory gives it.
///
/// Only what changes the computation is kept; other keys of a loaded file survive a save through
/// `ModelBundle`, which rewrites the file it read.
public struct ModelConfiguration: Codable, Hashable, Sendable {
  /// The family, by its `model_type` in Hugging Face's words: `llama`, `gpt2`.
  public var family: String
  /// What distinguishes its blocks.
  public var form: DecoderForm
  /// Width of the residual stream.
  public var hiddenSize: Int
  /// Width of the MLP's hidden layer.
  public var intermediateSize: Int
  /// Number of transformer blocks.
  public var layers: Int
  /// Number of query heads.
  public var heads: Int
  /// Number of key and value heads; divides `heads`.
  public var keyValueHeads: Int
  /// Width of one head.
  public var headDimension: Int
  /// Number of tokens in the vocabulary.
  public var vocabularySize: Int
  /// Longest sequence in tokens.
  public var contextLength: Int
  /// Added to the mean square, or the variance, in norms.
  public var normEpsilon: Double
  /// Whether the unembedding is the embedding matrix.
  public var tiesEmbeddings: Bool
  /// Whether all of the attention's projections have a bias.
  public var attentionBias: Bool
  /// Whether the MLP's projections have a bias.
  public var mlpBias: Bool
  /// Tokens that end a text, empty if the model names none.
  public var endOfSequence: [Int]

  /// Describes a model from its sizes; `headDimension` nil means `hiddenSize / heads`.
  ///
  /// Family and form are Llama's unless given.
  public init(
    hiddenSize: Int, intermediateSize: Int, layers: Int, heads: Int, keyValueHeads: Int? = nil,
    headDimension: Int? = nil, vocabularySize: Int, contextLength: Int,
    normEpsilon: Double = 1e-5, ropeTheta: Double = 10000, tiesEmbeddings: Bool = true,
    attentionBias: Bool = false, mlpBias: Bool = false, endOfSequence: [Int] = [],
    family: String = "llama", form: DecoderForm? = nil
  ) {
    var llama = DecoderForm()
    llama.rotary = Rotary(theta: ropeTheta)
    self.family = family
    self.form = form ?? llama
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads ?? heads
    self.headDimension = headDimension ?? hiddenSize / max(heads, 1)
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.normEpsilon = normEpsilon
    self.tiesEmbeddings = tiesEmbeddings
    self.attentionBias = attentionBias
    self.mlpBias = mlpBias
    self.endOfSequence = endOfSequence
  }

  /// Query heads that share one key/value head.
  public var groupSize: Int { heads / keyValueHeads }

  /// Elements of a head that are rotated.
  var rotatedDimension: Int { form.rotary?.dimension ?? headDimension }
}
