import AssayCore
import AssayText

/// All that decides a base model trained on SmallWorld: form, data, order and settings.
public struct BaseRecipe: Codable, Hashable, Sendable {
  /// What the model is called.
  public var name: String
  /// The model's family, by its `model_type`, in the form that it usually has.
  public var family = "llama"
  /// Seed of the world whose text is learned.
  public var worldSeed: UInt64
  /// Seed of initial weights and of the order of documents.
  public var seed: UInt64
  /// Share of documents from each register, by name.
  public var mixture: [String: Double]
  /// Tokens in the vocabulary, special ones included.
  public var vocabularySize: Int
  /// Bytes of text, from the beginning of the training stream, that the tokenizer learns from.
  public var tokenizerBytes: Int
  /// Width of the residual stream.
  public var hiddenSize: Int
  /// Number of blocks.
  public var layers: Int
  /// Number of query heads.
  public var heads: Int
  /// Number of key/value heads.
  public var keyValueHeads: Int
  /// Width of the MLP.
  public var intermediateSize: Int
  /// Longest sequence in tokens.
  public var contextLength: Int
  /// Sequences per batch.
  public var batchRows: Int
  /// Tokens per sequence in training.
  public var batchLength: Int
  /// Optimiser and schedule.
  public var training: TrainingConfiguration

  /// Tokens that the world's text uses as marks, in the order of their ids.
  public static let specialTokens = [
    "<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>",
  ]

  /// Every recipe, by the order of size.
  public static let all = [smallworld1m, smallworld2mNeoX, smallworld4m]

  /// The recipe called `name`; throws `.notFound` listing the names.
  public static func named(_ name: String) throws -> BaseRecipe {
    guard let recipe = all.first(where: { $0.name == name }) else {
      throw AssayError(
        .notFound, "no recipe '\(name)'",
        hint: "there are: \(all.map(\.name).joined(separator: ", "))")
    }
    return recipe
  }

  /// About a million weights.
  public static let smallworld1m = BaseRecipe(
    name: "smallworld-1m", worldSeed: 1, seed: 1, mixture: standardMixture, vocabularySize: 3072,
    tokenizerBytes: 8_000_000, hiddenSize: 128, layers: 4, heads: 4, keyValueHeads: 2,
    intermediateSize: 344, contextLength: 256, batchRows: 32, batchLength: 128,
    training: TrainingConfiguration(
      steps: 1500, learningRate: 3e-3, warmupSteps: 100, label: "smallworld-1m"))

  /// About two million weights, of another family: attention and MLP side by side, LayerNorm, biases
  /// and an unembedding of its own.
  public static let smallworld2mNeoX = BaseRecipe(
    name: "smallworld-2m-neox", family: "gpt_neox", worldSeed: 1, seed: 1,
    mixture: standardMixture, vocabularySize: 3072, tokenizerBytes: 8_000_000, hiddenSize: 128,
    layers: 5, heads: 4, keyValueHeads: 4, intermediateSize: 512, contextLength: 256,
    batchRows: 32, batchLength: 128,
    training: TrainingConfiguration(
      steps: 1500, learningRate: 3e-3, warmupSteps: 100, label: "smallworld-2m-neox"))

  /// About four million weights.
  public static let smallworld4m = BaseRecipe(
    name: "smallworld-4m", worldSeed: 1, seed: 1, mixture: standardMixture, vocabularySize: 3072,
    tokenizerBytes: 8_000_000, hiddenSize: 256, layers: 5, heads: 8, keyValueHeads: 4,
    intermediateSize: 688, contextLength: 256, batchRows: 32, batchLength: 128,
    training: TrainingConfiguration(
      steps: 1700, learningRate: 3e-3, warmupSteps: 100, label: "smallworld-4m"))

  private static let standardMixture = Dictionary(
    uniqueKeysWithValues: SmallWorld.trainingWeights.map { ($0.key.rawValue, $0.value) })

  /// The form of the model; its vocabulary is the recipe's.
  ///
  /// Throws where no new model of the family can be made, or not of these sizes.
  public func modelConfiguration() throws -> ModelConfiguration {
    try ModelConfiguration(
      hiddenSize: hiddenSize, intermediateSize: intermediateSize, layers: layers, heads: heads,
      keyValueHeads: keyValueHeads, vocabularySize: vocabularySize, contextLength: contextLength,
      normEpsilon: 1e-5, ropeTheta: 10000, tiesEmbeddings: true
    ).usual(inFamily: family)
  }
}
