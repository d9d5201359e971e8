import AssayModels
import AssayTensor

/// The residual stream at prompts' last tokens after every block.
struct LayerActivations {
  /// By layer, float32 [N, d].
  let values: [Tensor]
  /// Tokens through the model, padding included.
  let cost: Int

  /// Prompts in one pass.
  private static let rows = 64

  /// Reads `prompts`, after all blocks or the one in `only`.
  init(_ model: any LanguageModel, _ prompts: [[Int]], only: Int? = nil) {
    let layers = only.map { [$0] } ?? Array(0..<model.configuration.layers)
    let sites = layers.map { ActivationSite.block($0, .residualAfter) }
    var parts = [[Tensor]](repeating: [], count: sites.count)
    var tokens = 0
    withInference {
      for part in PromptBatch.chunks(prompts, of: Self.rows) {
        let batch = PromptBatch(encoded: Array(part))
        let taps = Taps(reading: sites)
        taps.stopAfter = sites.last
        _ = model.finalResidual(batch.tokens, cache: nil, attentionStart: nil, taps: taps)
        for (index, site) in sites.enumerated() {
          if let value = taps[site] {
            parts[index].append(batch.atLastToken(value).to(dtype: .float32))
          }
        }
        tokens += batch.tokenCount
      }
    }
    values = withInference {
      parts.map { part in
        part.isEmpty
          ? Tensor.zeros([0, model.configuration.hiddenSize]) : Tensor.cat(part, dim: 0)
      }
    }
    cost = tokens
  }

  /// Tokens that a reading takes.
  static func cost(_ prompts: [[Int]]) -> Int {
    PromptBatch.chunks(prompts, of: rows).reduce(0) {
      $0 + $1.count * ($1.map(\.count).max() ?? 0)
    }
  }
}
