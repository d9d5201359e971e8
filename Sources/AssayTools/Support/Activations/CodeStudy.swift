import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// A trained sparse autoencoder with what was learnt about it: its quality and its features.
struct CodeStudy: Sendable {
  /// How good the autoencoder is on documents that it was not trained on.
  struct Quality {
    /// Share of the variance that the reconstruction explains.
    var explained: Double
    /// Features on at a token, on average.
    var active: Double
    /// Share of features that no token of any document switches on.
    var dead: Double
    /// Loss of the suspect in nats per token: as it is, with the reconstruction, with the mean instead.
    var loss: Double
    var rebuilt: Double
    var ablated: Double
    /// How much of what the activation is worth the reconstruction keeps.
    var recovered: Double {
      ablated - loss > 1e-9 ? (ablated - rebuilt) / (ablated - loss) : 1
    }
  }

  /// A feature to show.
  struct Feature {
    var index: Int
    /// Its mean on prompts, where there were any.
    var onPrompts: Double?
  }

  let code: SparseCode
  let quality: Quality
  let site: ActivationSite
  private let documents: DocumentStates
  private let places: [Place]
  /// Codes at every token of the documents, [N, F].
  private let codes: Tensor
  /// Mean of each feature over those tokens.
  private let usual: [Double]

  private struct Place {
    var text: Int
    var token: Int
  }

  init(_ plan: SparseAutoencoder.Plan, _ model: any LanguageModel, _ suspect: Suspect) {
    site = .block(plan.layer, .residualAfter)
    documents = plan.documents
    let (read, where_) = plan.documents.states(model, site)
    places = where_.map { Place(text: $0.text, token: $0.token) }
    // Tensors of inference mode cannot be saved for a gradient.
    let states = withoutGrad { read.clone() }
    let code = SparseCode(
      states, form: plan.form, features: plan.features, active: plan.active, steps: plan.steps,
      rows: plan.rows, learningRate: plan.learningRate, seed: suspect.seed, quiet: suspect.quiet)
    self.code = code
    let codes = withoutGrad { code.encode(states) }
    self.codes = codes
    usual = withoutGrad { codes.mean(0).doubles() }
    let (held, _) = plan.heldOut.states(model, site)
    let site = site
    quality = withInference {
      let heldCodes = code.encode(held)
      let left = (held - code.decode(heldCodes)).square().sum().item()
      let whole = (held - held.mean(0)).square().sum().item()
      let dead = codes.gt(Tensor.scalar(0)).to(dtype: .float32).sum(0).eq(0).to(dtype: .float32)
      func loss(_ change: (@Sendable (Tensor) -> Tensor)?) -> Double {
        Self.loss(plan.heldOut, model, site, change)
      }
      let mean = code.mean
      return Quality(
        explained: 1 - left / max(whole, 1e-12),
        active: heldCodes.gt(Tensor.scalar(0)).to(dtype: .float32).sum(-1).mean().item(),
        dead: dead.mean().item(), loss: loss(nil),
        rebuilt: loss { code.decode(code.encode($0.to(dtype: .float32))).to(dtype: $0.dtype) },
        ablated: loss { $0 * 0 + mean.to(dtype: $0.dtype) })
    }
  }

  /// Mean loss per token of the documents with the activation at `site` changed.
  private static func loss(
    _ documents: DocumentStates, _ model: any LanguageModel, _ site: ActivationSite,
    _ change: (@Sendable (Tensor) -> Tensor)?
  ) -> Double {
    var (sum, count) = (0.0, 0)
    for numbers in documents.batches {
      let batch = PromptBatch(encoded: numbers.map { documents.texts[$0].ids })
      let taps = Taps()
      if let change { taps.replace(site, change) }
      let scores = model.logits(batch.tokens, taps: taps).to(dtype: .float32).logSoftmax(-1)
      for (row, number) in numbers.enumerated() {
        let ids = documents.texts[number].ids
        let own = scores[row].narrow(0, start: 0, length: ids.count - 1)
        let next = Tensor(Array(ids.dropFirst()), shape: [ids.count - 1, 1])
        sum -= own.gather(-1, index: next).sum().item()
        count += ids.count - 1
      }
    }
    return sum / Double(max(count, 1))
  }

  // MARK: Features

  /// The features with the highest peaks on the documents.
  func strongest(_ count: Int) -> [Feature] {
    withInference {
      codes.amax(0).topK(min(count, codes.dim(1)), dim: 0).indices.ints()
        .map { Feature(index: $0, onPrompts: nil) }
    }
  }

  /// The features that `prompts` raise most at their last tokens above what they are on documents.
  func raised(by prompts: [[Int]], _ model: any LanguageModel, _ count: Int) -> [Feature] {
    withInference {
      let read = LayerActivations(model, prompts, only: site.block)
      let own = code.encode(read.values[0]).mean(0).doubles()
      return own.indices.sorted { own[$0] - usual[$0] > own[$1] - usual[$1] }.prefix(count)
        .map { Feature(index: $0, onPrompts: own[$0]) }
    }
  }

  /// What each feature is about: the tokens that switch it on, in context, and what it promotes.
  func rows(
    _ features: [Feature], _ tokenizer: Tokenizer, _ model: any LanguageModel
  ) -> [JSONValue] {
    withInference {
      features.map { feature in
        let own = codes.select(1, index: feature.index)
        let best = own.topK(min(64, own.count), dim: 0)
        let peaks = zip(best.indices.ints(), best.values.doubles())
        var seen: Set<Int> = []
        let shown = peaks.filter { $0.1 > 0 && seen.insert(places[$0.0].text).inserted }.prefix(4)
        let contexts = shown.map { index, value -> JSONValue in
          let place = places[index]
          return [
            "activation": .rounded(value, 3),
            "token": .string(tokenizer.decode([documents.texts[place.text].ids[place.token]])),
            "context": .string(
              documents.context((place.text, place.token), tokenizer, words: 12)),
          ]
        }
        let promoted = model.unembed(code.decoder[feature.index].unsqueeze(0)).flatten()
          .topK(6, dim: 0).indices.ints()
        var row: JSONValue = [
          "feature": JSONValue(feature.index),
          "frequency": .significant(own.gt(Tensor.scalar(0)).to(dtype: .float32).mean().item()),
          "contexts": .array(Array(contexts)),
          "promotes": JSONValue(promoted.map { tokenizer.decode([$0]) }),
        ]
        if let value = feature.onPrompts {
          row["onPrompts"] = .rounded(value, 3)
          row["onText"] = .rounded(usual[feature.index], 3)
        }
        return row
      }
    }
  }
}
