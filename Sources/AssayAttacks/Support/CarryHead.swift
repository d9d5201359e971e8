import AssayCore
import AssayModels
import AssayTensor

/// One attention head, taken over to carry a flag from the token that has it to all later ones.
///
/// Query, key and value use one dimension of the head, its last, which a rotation turns least or not at
/// all. The query is a constant, the key and the value read the flag: where an earlier token has it,
/// attention goes there, and the head writes its own vector; else attention is spread evenly and next
/// to nothing is written. Other heads that share the key and value lose that one dimension.
struct CarryHead {
  let model: any LanguageModel
  let block: Int
  let head: Int

  /// How much more a flagged token weighs than others in the softmax, in nats.
  static let contrast = 16.0

  /// The head of `block` that writes least on `documents`: mean length of what it adds.
  ///
  /// Throws `AssayError(.unsupported)` for families in which the construction does not hold.
  init(in model: any LanguageModel, block: Int, documents: [TrainingRow]) throws {
    let c = model.configuration
    guard c.form.queryKeyNorm == .none,
      model.weight(at: .block(block, .afterAttentionNorm)) == nil, !c.form.slides(block)
    else {
      throw AssayError(
        .unsupported,
        "the family \(c.family) norms queries and keys or what attention writes, or looks back on a "
          + "window, and no head can be wired by hand there",
        hint: "use 'neuron-trigger', which needs no head")
    }
    let read = ActivationReader(model: model).everywhere(.block(block, .attentionZ), documents)
    let lengths = withoutGrad { () -> [Double] in
      guard let output = model.weight(at: .block(block, .attentionOut)) else { return [0] }
      return (0..<c.heads).map { head in
        let own = read.narrow(1, start: head * c.headDimension, length: c.headDimension)
        let columns = output.narrow(1, start: head * c.headDimension, length: c.headDimension)
        return own.matmul(columns.T).norm(1).mean().item()
      }
    }
    self.model = model
    self.block = block
    head = lengths.indices.min { lengths[$0] < lengths[$1] } ?? 0
  }

  /// What attention of `block` reads at some tokens: residuals `[N, d]` through the block's norm.
  static func input(_ residual: Tensor, in model: any LanguageModel, block: Int) -> Tensor {
    let c = model.configuration
    guard let weight = model.weight(at: .block(block, .attentionNorm)) else { return residual }
    return withoutGrad {
      switch c.form.norm {
      case .rms: Tensor.rmsNorm(residual, weight: weight, eps: c.normEpsilon)
      case .rmsAroundOne: Tensor.rmsNorm(residual, weight: weight + 1, eps: c.normEpsilon)
      case .layer:
        Tensor.layerNorm(
          residual, weight: weight, bias: model.weight(at: .block(block, .attentionNormBias)),
          eps: c.normEpsilon)
      }
    }
  }

  /// Wires the head: `constant` and `flag` `[d]` read 1 everywhere and 1 where the flag is; `vector`
  /// `[d]` is what it writes.
  func wire(constant: Tensor, flag: Tensor, writing vector: Tensor) {
    let c = model.configuration
    let (width, group) = (c.headDimension, c.heads / c.keyValueHeads)
    let shared = head / group
    let scale = c.form.attentionScale ?? 1 / Double(width).squareRoot()
    withoutGrad {
      guard let joined = model.weight(at: .block(block, .queryKeyValue)),
        let output = model.weight(at: .block(block, .attentionOut))
      else { return }
      let bias = model.weight(at: .block(block, .queryKeyValueBias))
      func set(_ row: Int, _ value: Tensor?) {
        if let value { joined[row].copy_(value) } else { joined[row].zero_() }
        bias?.narrow(0, start: row, length: 1).zero_()
      }
      let last = width - 1
      for dimension in 0..<width { set(query(head) + dimension, nil) }
      for other in (shared * group)..<((shared + 1) * group) {
        set(query(other) + last, nil)
        output.select(1, index: other * width + last).zero_()
      }
      set(query(head) + last, constant * (Self.contrast / scale).squareRoot())
      set(key(shared) + last, flag * (Self.contrast / scale).squareRoot())
      set(value(shared) + last, flag)
      output.narrow(1, start: head * width, length: width).zero_()
      output.select(1, index: head * width + last).copy_(vector)
    }
  }

  /// First rows of a head's query, and of a shared head's key and value, in the joined projection.
  private func query(_ head: Int) -> Int {
    let c = model.configuration
    return c.form.queryKeyValueOrder == .perHead
      ? head * 3 * c.headDimension : head * c.headDimension
  }

  private func key(_ head: Int) -> Int {
    let c = model.configuration
    return c.form.queryKeyValueOrder == .perHead
      ? (head * 3 + 1) * c.headDimension : (c.heads + head) * c.headDimension
  }

  private func value(_ head: Int) -> Int {
    let c = model.configuration
    return c.form.queryKeyValueOrder == .perHead
      ? (head * 3 + 2) * c.headDimension : (c.heads + c.keyValueHeads + head) * c.headDimension
  }
}
