import AssayModels
import AssayTensor

/// A text with the token at which an edit acts: the subject's last, the trigger's last.
struct PlacedPrompt: Hashable, Sendable {
  /// The text, and what counts in it.
  var row: TrainingRow
  /// Index of the token.
  var position: Int
  /// Which of several edits it belongs to.
  var edit = 0
}

/// Reads activations of a model at chosen tokens of texts.
struct ActivationReader {
  /// Texts in one pass.
  static let batch = 32

  let model: any LanguageModel

  /// What `site` holds at each prompt's position: float32 `[N, width]`, in the order of `prompts`.
  func at(_ site: ActivationSite, _ prompts: [PlacedPrompt]) -> Tensor {
    let order = Self.byLength(prompts.map(\.row))
    let read = passes(site, order.map { prompts[$0].row }) { [prompts[order[$0]].position] }
    var back = [Int](repeating: 0, count: order.count)
    for (place, index) in order.enumerated() { back[index] = place }
    return read.indexSelect(0, index: back)
  }

  /// What `site` holds at every token of `rows`: float32 `[N, width]`.
  func everywhere(_ site: ActivationSite, _ rows: [TrainingRow]) -> Tensor {
    let sorted = Self.byLength(rows).map { rows[$0] }
    return passes(site, sorted) { Array(sorted[$0].tokens.indices) }
  }

  private static func byLength(_ rows: [TrainingRow]) -> [Int] {
    rows.indices.sorted { (rows[$0].tokens.count, $0) < (rows[$1].tokens.count, $1) }
  }

  private func passes(
    _ site: ActivationSite, _ rows: [TrainingRow], picking: (Int) -> [Int]
  ) -> Tensor {
    withoutGrad {
      let parts = stride(from: 0, to: rows.count, by: Self.batch).map { start in
        let batch = rows[start..<min(start + Self.batch, rows.count)]
        let width = batch.map(\.tokens.count).max() ?? 1
        let tokens = batch.flatMap {
          $0.tokens + [Int](repeating: 0, count: width - $0.tokens.count)
        }
        let picked = batch.indices.flatMap { row in picking(row).map { (row - start) * width + $0 }
        }
        let taps = Taps()
        taps.stopAfter = site
        let value = model.logits(Tensor(tokens, shape: [batch.count, width]), taps: taps)
        return value.reshape([batch.count * width, -1]).indexSelect(0, index: picked)
          .to(dtype: .float32)
      }
      return Tensor.cat(parts, dim: 0)
    }
  }
}
