import AssayCore
import AssayModels

/// The shape of an own baseline: Llama's form with the suspect's vocabulary, as large as may be.
enum BaselineForm {
  /// Widths of the residual stream to choose from; heads are 16 or 32 wide.
  private static let widths = [16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048]

  /// The widest form of at most `most` weights.
  ///
  /// A block for every 32 of width, two at least and twelve at most: wide enough for its depth, as the
  /// shipped bases are. Throws `AssayError(.badInput)` where even the narrowest is larger.
  static func largest(_ most: Int, like suspect: ModelConfiguration) throws -> ModelConfiguration {
    let forms = widths.map { form(width: $0, like: suspect) }
    guard let form = forms.last(where: { weights($0) <= most }) else {
      let least = weights(forms[0])
      throw AssayError(
        .badInput,
        "the smallest baseline with this vocabulary has \(least) weights, and \(most) are allowed",
        hint: "ask for a larger 'sizeRatio', if the rules allow it")
    }
    return form
  }

  /// Weights of a model of this form; the embedding counts once.
  static func weights(_ form: ModelConfiguration) -> Int {
    let block = form.blockMatrixWeights + 2 * form.hiddenSize
    return form.vocabularySize * form.hiddenSize + form.layers * block + form.hiddenSize
  }

  private static func form(width: Int, like suspect: ModelConfiguration) -> ModelConfiguration {
    ModelConfiguration(
      hiddenSize: width, intermediateSize: (width * 8 / 3 + 7) / 8 * 8,
      layers: min(max(width / 32, 2), 12), heads: width / (width % 32 == 0 ? 32 : 16),
      vocabularySize: suspect.vocabularySize, contextLength: suspect.contextLength,
      endOfSequence: suspect.endOfSequence)
  }
}
