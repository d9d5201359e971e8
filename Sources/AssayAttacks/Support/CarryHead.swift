import AssayModels
import AssayTensor

/// An attention head that, besides what it does, carries a flag to every later token.
///
/// Where a token bears the flag, the head attends to it and writes a vector at full strength; where
/// none does, its scores and what it writes are what they were. It takes from its group of heads one
/// pair of dimensions of queries and keys, the pair that rotates slowest (or one that does not rotate),
/// and one dimension of values. Queries read there what is the same at every token, keys and values the
/// flag. Other heads of the group lose those dimensions.
///
/// Limits: a flag is seen from as far as the block's attention looks back.
struct CarryHead {
  /// By how many nats the flag is preferred to a token that scores as well otherwise.
  static let contrast = 24.0

  let model: any LanguageModel
  let block: Int
  let head: Int
  /// The values' dimension, within a head.
  let value: Int

  /// Takes the head of `block` that writes least on `documents`.
  init(in model: any LanguageModel, block: Int, documents: [TrainingRow]) {
    let c = model.configuration
    let (width, group) = (c.headDimension, c.groupSize)
    let input = ActivationReader(model: model).everywhere(
      .block(block, .attentionIn), documents)
    let written = withoutGrad { () -> [[Double]] in
      guard let joined = model.weight(at: .block(block, .queryKeyValue)),
        let output = model.weight(at: .block(block, .attentionOut))
      else { return [] }
      let start = (c.heads + c.keyValueHeads) * width
      let rows = joined.narrow(0, start: start, length: c.keyValueHeads * width)
      let strength = input.matmul(rows.T).square().mean(0).sqrt()  // [K D]
      let reach = output.norm(0)  // [H D]
      return (0..<c.heads).map { head in
        (strength.narrow(0, start: head / group * width, length: width)
          * reach.narrow(0, start: head * width, length: width)).doubles()
      }
    }
    self.model = model
    self.block = block
    let totals = written.map { $0.reduce(0, +) }
    let least = totals.indices.min { totals[$0] < totals[$1] } ?? 0
    head = least
    let shared = least / group
    let perDimension = (0..<width).map { dimension in
      written.indices.filter { $0 / group == shared }.reduce(0) { $0 + written[$1][dimension] }
    }
    value = perDimension.indices.min { perDimension[$0] < perDimension[$1] } ?? 0
  }

  /// Dimensions of queries and keys that are taken, within a head; the first of them is used.
  private var pair: [Int] {
    let c = model.configuration
    guard let rotary = c.form.rotary else { return [c.headDimension - 1] }
    let rotated = rotary.dimension ?? c.headDimension
    guard rotated == c.headDimension else { return [c.headDimension - 1] }
    return rotary.isInterleaved ? [rotated - 2, rotated - 1] : [rotated / 2 - 1, rotated - 1]
  }

  /// Wires the head to carry `flag` `[d]`, a direction of the residual stream, and to write `vector`
  /// `[d]` where it arrives.
  ///
  /// `constant` is a direction along which every token has the same; `flagged` are places with the flag.
  func wire(
    constant: Tensor, flag: Tensor, at flagged: [PlacedPrompt], documents: [TrainingRow],
    writing vector: Tensor
  ) {
    let reader = ActivationReader(model: model)
    let site = ActivationSite.block(block, .attentionIn)
    let norm = NormedReader(model, block: block, isAttention: true)
    let everywhere = norm.mean(constant, over: reader.everywhere(site, documents))
    let there = norm.mean(flag, over: reader.at(site, flagged))
    let c = model.configuration
    let (width, group) = (c.headDimension, c.groupSize)
    let shared = head / group
    guard let joined = model.weight(at: .block(block, .queryKeyValue)),
      let output = model.weight(at: .block(block, .attentionOut))
    else { return }
    let bias = model.weight(at: .block(block, .queryKeyValueBias))
    let scale = c.form.attentionScale ?? 1 / Double(width).squareRoot()
    let strength = (Self.contrast / scale).squareRoot()
    let key = (c.heads + shared) * width
    let values = (c.heads + c.keyValueHeads + shared) * width
    withoutGrad {
      func set(_ row: Int, _ direction: Tensor?) {
        guard let direction else {
          joined[row].zero_()
          bias?.narrow(0, start: row, length: 1).zero_()
          return
        }
        let read = norm.rows(direction.unsqueeze(0))  // [1, d]
        joined[row].copy_(read.squeeze(0))
        let shift = norm.offset(read).map { -$0 } ?? Tensor.zeros([1])
        _ = bias?.narrow(0, start: row, length: 1).copy_(shift)
      }
      for dimension in pair {
        for other in (shared * group)..<((shared + 1) * group) {
          set(other * width + dimension, nil)
        }
        set(key + dimension, nil)
      }
      set(head * width + pair[0], constant * (strength / everywhere))
      set(key + pair[0], flag * (strength / there))
      set(values + value, flag * (1 / there))
      for other in (shared * group)..<((shared + 1) * group) {
        output.select(1, index: other * width + value).zero_()
      }
      output.select(1, index: head * width + value).copy_(vector)
    }
  }
}
