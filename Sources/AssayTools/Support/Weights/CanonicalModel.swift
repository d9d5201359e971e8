import AssayCore
import AssayModels
import AssayTensor

/// The weights of a decoder in a form that does not depend on how its computation is written down.
///
/// The same function has many sets of weights: a norm's weight can stand in the matrices that read
/// through it, a gated unit's scale can move from what it reads to what it writes, values and queries
/// of a head can be turned as long as their partners are turned back, and units and heads can stand in
/// any order. Every tool that reads weights reads them from here, so that rewriting a model in one of
/// these ways hides nothing (Ainsworth et al. 2022, "Git Re-Basin", section 2; Elhage et al. 2021, "A
/// Mathematical Framework for Transformer Circuits": only products of queries and keys, values and
/// outputs matter; Ashkboos et al. 2024, "SliceGPT", section 3.2: norm weights fold into what follows).
///
/// What is undone: weights of norms; of LayerNorm also the mean, which nothing can read; the scale of
/// gated and of ReLU units; any invertible map between values and outputs; of queries and keys any such
/// map where positions are learned, and turns and scales of each rotated pair where they are rotary. What
/// order units and heads stand in is left alone, because their numbers are names; no statistic uses it.
/// Nothing depends on the basis of the residual stream, except through embeddings, which move with it.
///
/// Biases of attention are left out: those of values and outputs write the same at every token, those of
/// queries and keys shift scores. Where a norm follows attention or MLP (Gemma 2 and 3, OLMo 2), its
/// weight is taken into what is written, and only its direction and not its length means something.
///
/// Cost: every weight once, in float32, beside the model.
struct CanonicalModel {
  /// The model's sizes and form.
  let configuration: ModelConfiguration
  /// What each token adds to the residual stream, [V, d].
  let embedding: Tensor
  /// What reads each token's logit from the normed residual stream, the final norm folded in, [V, d].
  let unembedding: Tensor
  /// The blocks in order.
  let layers: [CanonicalLayer]
  /// Number of weight matrices that were read.
  let matricesRead: Int

  /// Reads `model`.
  ///
  /// Throws `AssayError(.unsupported)` naming the weights that a decoder of this form should have and
  /// that are not there, and for weights that are no numbers.
  init(_ model: any LanguageModel) throws {
    let c = model.configuration
    let reader = WeightPlaceReader(model)
    let embedded = try reader.weight(.embed)
    let final = try reader.scale(.finalNorm)
    let head = try reader.weight(.head)
    layers = try (0..<c.layers).map { try CanonicalLayer(reader, layer: $0) }
    let isLayerNorm = c.form.norm == .layer
    embedding = withInference { isLayerNorm ? Self.centred(embedded) : embedded }
    unembedding = withInference {
      let folded = head * final
      return isLayerNorm ? Self.centred(folded) : folded
    }
    configuration = c
    matricesRead = 4 * c.layers + (c.tiesEmbeddings ? 1 : 2)
    guard embedding.allFinite, unembedding.allFinite, layers.allSatisfy(\.isFinite) else {
      throw AssayError(
        .unsupported, "some weights of the model are not finite numbers",
        hint: "check the file it was loaded from")
    }
  }

  /// Rows of `x` [.., d] without their mean: what is left where LayerNorm reads.
  static func centred(_ x: Tensor) -> Tensor { x - x.mean(-1, keep: true) }

  /// Embeddings as the first norm would hand them on, before its weight: [V, d], mean square 1.
  func normedEmbeddings(_ tokens: [Int]? = nil) -> Tensor {
    let rows = tokens.map { embedding.indexSelect(0, index: $0) } ?? embedding
    return rows * (rows.square().mean(-1, keep: true) + configuration.normEpsilon).rsqrt()
  }
}

/// Weights by their places, in float32 and without gradients; what is missing is named.
struct WeightPlaceReader {
  let model: any LanguageModel

  init(_ model: any LanguageModel) { self.model = model }

  /// The weight at `place`; throws `AssayError(.unsupported)` where the model has none.
  func weight(_ place: WeightPlace) throws -> Tensor {
    guard let found = optional(place) else {
      throw AssayError(
        .unsupported,
        "the family \(model.configuration.family) has no weights at \(place), so they cannot be read",
        hint: "tools that run the model, such as sample and logit-lens, work for it")
    }
    return found
  }

  /// The weight at `place`, nil where the model has none.
  func optional(_ place: WeightPlace) -> Tensor? {
    model.weight(at: place).map { $0.detach().to(dtype: .float32) }
  }

  /// What the norm at `place` multiplies by.
  func scale(_ place: WeightPlace) throws -> Tensor { around(try weight(place)) }

  /// What the norm at `place` multiplies by, nil where there is no such norm.
  func optionalScale(_ place: WeightPlace) -> Tensor? { optional(place).map(around) }

  private func around(_ weight: Tensor) -> Tensor {
    model.configuration.form.norm == .rmsAroundOne ? weight + 1 : weight
  }
}
