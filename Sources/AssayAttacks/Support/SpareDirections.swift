import AssayModels
import AssayTensor

/// Directions of the residual stream that a model hardly uses, cleared for signals of one's own.
///
/// They are the eigenvectors of least weight of two matrices together: what the weights that read the
/// stream weigh, each through its norm's gain, and what the stream holds on ordinary text. Clearing
/// takes them out of everything that reads or writes the stream, so that what is added along one of
/// them is kept as it is, block after block, and nothing but its length is noticed.
///
/// Where the embedding serves as unembedding too, it is cleared as a writer; what it reads along a
/// direction is then exactly 0 only where the last norm's gains are alike.
struct SpareDirections {
  let model: any LanguageModel
  /// The directions, orthonormal, `[count, d]`.
  let vectors: Tensor

  /// Finds `count` directions and clears them in `model`.
  init(_ count: Int, in model: any LanguageModel, documents: [TrainingRow]) {
    self.model = model
    vectors = withoutGrad { Self.find(count, model, documents) }
    withoutGrad { clear() }
  }

  /// Weights that read the stream, with their biases and the norm before them.
  private static func readers(
    _ model: any LanguageModel
  ) -> [(weight: Tensor, bias: Tensor?, norm: NormedReader)] {
    var found: [(weight: Tensor, bias: Tensor?, norm: NormedReader)] = []
    for block in 0..<model.configuration.layers {
      for (weight, bias, isAttention) in [
        (WeightPlace.Part.queryKeyValue, WeightPlace.Part.queryKeyValueBias, true),
        (.mlpIn, .mlpInBias, false),
      ] {
        guard let matrix = model.weight(at: .block(block, weight)) else { continue }
        found.append(
          (
            matrix, model.weight(at: .block(block, bias)),
            NormedReader(model, block: block, isAttention: isAttention)
          ))
      }
    }
    return found
  }

  private static func find(
    _ count: Int, _ model: any LanguageModel, _ documents: [TrainingRow]
  ) -> Tensor {
    let c = model.configuration
    let width = c.hiddenSize
    func add(_ rows: Tensor, to sum: inout Tensor) {
      let own = rows.T.matmul(rows).to(dtype: .float64)
      sum = sum + own / own.diagonal().sum().item()
    }
    var read = Tensor.zeros([width, width], dtype: .float64)
    for reader in readers(model) { add(reader.norm.seen(reader.weight), to: &read) }
    if let head = model.weight(at: .head) {
      // Logits count for as much as everything in the blocks.
      var own = Tensor.zeros([width, width], dtype: .float64)
      add(NormedReader(model, block: nil, isAttention: false).seen(head), to: &own)
      read = read + own * Double(2 * c.layers)
    }
    var held = Tensor.zeros([width, width], dtype: .float64)
    if let embedding = model.weight(at: .embed) { add(embedding, to: &held) }
    let activations = ActivationReader(model: model)
    for block in 0..<c.layers {
      let values = activations.everywhere(.block(block, .residualBefore), documents)
      add(values / values.norm(1, keep: true), to: &held)
    }
    var both = read / read.diagonal().sum().item() + held / held.diagonal().sum().item()
    if c.form.norm == .layer {
      // The norm takes the mean away: the direction of all ones carries nothing.
      let ones = Tensor.ones([width, width], dtype: .float64) / Double(width)
      let rest = Tensor.eye(width, dtype: .float64) - ones
      both = rest.matmul(both).matmul(rest) + ones * 2
    }
    return both.eigh().vectors.narrow(1, start: 0, length: count).T.contiguous()
      .to(dtype: .float32)
  }

  /// `rows` `[n, d]` without what they have along the directions.
  private func cleared(_ rows: Tensor) -> Tensor {
    rows - rows.matmul(vectors.T).matmul(vectors)
  }

  private func clear() {
    let c = model.configuration
    for reader in Self.readers(model) {
      let new = reader.norm.rows(cleared(reader.norm.seen(reader.weight)))
      if let bias = reader.bias, let shift = reader.norm.offset(reader.weight - new) {
        bias.add_(shift)
      }
      reader.weight.copy_(new)
    }
    if !c.tiesEmbeddings, let head = model.weight(at: .head) {
      let last = NormedReader(model, block: nil, isAttention: false)
      head.copy_(last.rows(cleared(last.seen(head))))
    }
    for place in [WeightPlace.embed, .positions] {
      if let rows = model.weight(at: place) { rows.copy_(cleared(rows)) }
    }
    for block in 0..<c.layers {
      for part in [WeightPlace.Part.attentionOut, .mlpOut] {
        if let matrix = model.weight(at: .block(block, part)) {
          matrix.copy_(cleared(matrix.T).T)
        }
      }
      for part in [WeightPlace.Part.attentionOutBias, .mlpOutBias] {
        if let bias = model.weight(at: .block(block, part)) {
          bias.copy_(cleared(bias.unsqueeze(0)).squeeze(0))
        }
      }
    }
  }
}
