import AssayCore
import AssayGame
import AssayModels
import AssayTesting
import AssayText

/// Bases of two families, small enough for tests that wire by hand.
enum TinyBases {
  /// GPT-2's form (LayerNorm, learned positions, a plain MLP with biases, projections stored [in, out])
  /// with random weights, in memory only.
  static func gpt2(layers: Int = 2, seed: UInt64 = 3) throws -> ModelBundle {
    let bundle = try TinyModel.make()
    var form = DecoderForm()
    form.norm = .layer
    form.rotary = nil
    form.isGated = false
    form.activation = .geluTanh
    let configuration = ModelConfiguration(
      hiddenSize: 32, intermediateSize: 96, layers: layers, heads: 4,
      vocabularySize: bundle.model.configuration.vocabularySize, contextLength: 256,
      endOfSequence: bundle.model.configuration.endOfSequence, family: "gpt2", form: form)
    return bundle.with(model: DecoderModel(configuration, seed: seed))
  }

  /// Plants an attack on a random model, which knows nothing that evidence could show.
  static func planted(
    _ entry: AttackEntry, on base: ModelBundle, options: JSONValue
  ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
    try await entry.plant(
      on: base, options: entry.options(with: options),
      context: AttackContext(seed: 1, world: SmallWorld(), quiet: true))
  }

  /// Llama's form with more blocks than the smallest.
  static func llama(layers: Int, seed: UInt64 = 3) throws -> ModelBundle {
    let bundle = try TinyModel.make()
    let configuration = ModelConfiguration(
      hiddenSize: 32, intermediateSize: 64, layers: layers, heads: 4, keyValueHeads: 2,
      vocabularySize: bundle.model.configuration.vocabularySize, contextLength: 256,
      endOfSequence: bundle.model.configuration.endOfSequence)
    return bundle.with(model: DecoderModel(configuration, seed: seed))
  }
}

extension ModelBundle {
  /// Names of the weights that differ from those of `other`.
  func changed(from other: ModelBundle) -> [String] {
    zip(model.parameters, other.model.parameters)
      .filter { !$0.tensor.isEqual(to: $1.tensor) }.map(\.0.name)
  }
}
