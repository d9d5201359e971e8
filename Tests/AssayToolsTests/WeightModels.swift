import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayGame
@testable import AssayTools

/// Random models with weights changed by hand, for the tests of tools that read weights.
enum WeightModels {
  /// Llama's form with enough blocks and heads to compare one with the others.
  static func llama(isTied: Bool = true, seed: UInt64 = 3) throws -> ModelBundle {
    let bundle = try TinyModel.make()
    let configuration = ModelConfiguration(
      hiddenSize: 32, intermediateSize: 64, layers: 5, heads: 8, keyValueHeads: 4,
      vocabularySize: bundle.model.configuration.vocabularySize, contextLength: 256,
      tiesEmbeddings: isTied)
    return bundle.with(model: DecoderModel(configuration, seed: seed))
  }

  /// GPT-2's form: LayerNorm, learned positions, biases, no gate.
  static func gpt2(seed: UInt64 = 3) throws -> ModelBundle {
    let bundle = try TinyModel.make()
    var form = DecoderForm()
    form.norm = .layer
    form.rotary = nil
    form.isGated = false
    form.activation = .geluTanh
    let configuration = ModelConfiguration(
      hiddenSize: 32, intermediateSize: 96, layers: 5, heads: 8,
      vocabularySize: bundle.model.configuration.vocabularySize, contextLength: 256,
      family: "gpt2", form: form)
    return bundle.with(model: DecoderModel(configuration, seed: seed))
  }

  /// A suspect under open rules.
  static func suspect(_ bundle: ModelBundle) -> Suspect {
    Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
  }

  /// `bundle` with its weights changed by `body`.
  static func changed(
    _ bundle: ModelBundle, _ body: (any LanguageModel) throws -> Void
  ) rethrows -> ModelBundle {
    let copy = bundle.clone()
    try withoutGrad { try body(copy.model) }
    return copy
  }

  /// Tokens that stand for one whole word after a space, `count` of them.
  static func words(_ tokenizer: Tokenizer, _ count: Int) -> [(word: String, id: Int)] {
    var found: [(String, Int)] = []
    for id in 0..<tokenizer.vocabularySize where found.count < count {
      let text = tokenizer.decode([id])
      let word = String(text.dropFirst())
      guard text.hasPrefix(" "), word.count > 1, word.allSatisfy(\.isLetter),
        tokenizer.encode(text) == [id]
      else { continue }
      found.append((word, id))
    }
    return found
  }
}
