import AssayModels
import AssayTensor
import Foundation

/// Takes attention's matrices apart into heads and brings each head to canonical form.
///
/// Heads that share a key/value head are treated together, because a turn of the shared one turns all of
/// them. Values and outputs: of the product [g d, d] of all outputs and the value, the singular vectors on
/// the value's side become the value, the rest the outputs. Queries and keys likewise where nothing stands
/// between them; where positions are rotary, only a turn and a scale of each rotated pair commute with the
/// rotation, and of elements that are not rotated any map does. Where queries and keys are normed first,
/// their scale is the norm's, whose weight is folded in.
struct HeadCircuits {
  /// The heads in the suspect's order.
  let heads: [CanonicalLayer.Head]

  /// `joined` [(H + 2K) D, d], the norm before it folded in; `out` [d, H D], that after it.
  init(
    _ c: ModelConfiguration, joined: Tensor, out: Tensor, queryNorm: Tensor?, keyNorm: Tensor?
  ) {
    let D = c.headDimension
    func rows(_ kind: Int, _ head: Int) -> Tensor {  // [D, d]
      let start =
        c.form.queryKeyValueOrder == .perHead
        ? (3 * head + kind) * D
        : ([0, c.heads, c.heads + c.keyValueHeads][kind] + head) * D
      return joined.narrow(0, start: start, length: D)
    }
    func normed(_ rows: Tensor, _ weight: Tensor?, _ head: Int) -> Tensor {
      guard let weight else { return rows }
      let own =
        c.form.queryKeyNorm == .whole ? weight.narrow(0, start: head * D, length: D) : weight
      return rows * own.unsqueeze(1)
    }
    var found: [CanonicalLayer.Head] = []
    for source in 0..<c.keyValueHeads {
      let readers = Array(source * c.groupSize..<(source + 1) * c.groupSize)
      let outs = readers.map { out.narrow(1, start: $0 * D, length: D) }  // each [d, D]
      let (turned, value) = Self.factored(outs.map { $0 }, rows(2, source))
      let queries = readers.map { normed(rows(0, $0), queryNorm, $0) }
      let key = normed(rows(1, source), keyNorm, source)
      let (asked, compared) = Self.matched(c, queries, key)
      for (place, reader) in readers.enumerated() {
        found.append(
          CanonicalLayer.Head(
            index: reader, source: source, query: asked[place], key: compared, value: value,
            out: turned[place]))
      }
    }
    heads = found.sorted { $0.index < $1.index }
  }

  /// `outs` (each [d, D]) and `value` [D, d] with the same products, where the value's rows are
  /// orthonormal and in falling order of what is written of them.
  static func factored(_ outs: [Tensor], _ value: Tensor) -> (outs: [Tensor], value: Tensor) {
    let stacked = Tensor.cat(outs, dim: 0)  // [g d, D]
    let (qOut, rOut) = stacked.qr()
    let (qIn, rIn) = value.T.qr()  // [d, D], [D, D]
    let (u, s, vh) = rOut.matmul(rIn.T).svd()
    let left = qOut.matmul(u * s)  // [g d, D]
    let right = vh.matmul(qIn.T)  // [D, d]
    let height = outs[0].dim(0)
    return (
      outs.indices.map { left.narrow(0, start: $0 * height, length: height) }, right
    )
  }

  private static func matched(
    _ c: ModelConfiguration, _ queries: [Tensor], _ key: Tensor
  ) -> (queries: [Tensor], key: Tensor) {
    // A norm of queries and keys fixes their scale and, by its weight, their basis.
    guard c.form.queryKeyNorm == .none else { return (queries, key) }
    guard let rotary = c.form.rotary else {
      let (outs, value) = factored(queries.map(\.T), key)
      return (outs.map(\.T), value)
    }
    let D = c.headDimension
    let rotated = rotary.dimension ?? D
    var (asked, compared) = pairs(queries, key, rotated, isInterleaved: rotary.isInterleaved)
    if rotated < D {
      let rest = (start: rotated, length: D - rotated)
      let (outs, value) = factored(
        queries.map { $0.narrow(0, start: rest.start, length: rest.length).T },
        key.narrow(0, start: rest.start, length: rest.length))
      asked = zip(asked, outs).map { Tensor.cat([$0, $1.T], dim: 0) }
      compared = Tensor.cat([compared, value], dim: 0)
    }
    return (asked, compared)
  }

  /// Turns and scales each rotated pair: the key's two rows become orthogonal, the longer one first, and
  /// the key as long as the queries together.
  private static func pairs(
    _ queries: [Tensor], _ key: Tensor, _ rotated: Int, isInterleaved: Bool
  ) -> (queries: [Tensor], key: Tensor) {
    let half = rotated / 2
    func split(_ x: Tensor) -> (Tensor, Tensor) {  // each [R / 2, d]
      if isInterleaved {
        let part = x.narrow(0, start: 0, length: rotated).reshape([half, 2, x.dim(1)])
        return (part.select(1, index: 0), part.select(1, index: 1))
      }
      return (x.narrow(0, start: 0, length: half), x.narrow(0, start: half, length: half))
    }
    func join(_ first: Tensor, _ second: Tensor) -> Tensor {
      isInterleaved
        ? Tensor.stack([first, second], dim: 1).reshape([rotated, first.dim(1)])
        : Tensor.cat([first, second], dim: 0)
    }
    let (a, b) = split(key)
    let asked = queries.map(split)
    // The angle that makes the rows orthogonal: tan 2t = 2 a·b / (|a|² - |b|²).
    let (aa, bb, ab) = (a.square().sum(1), b.square().sum(1), (a * b).sum(1))  // [R / 2]
    let angle = Self.arcTangent(ab * 2, aa - bb) * 0.5
    let (cosine, sine) = (angle.cos().unsqueeze(1), angle.sin().unsqueeze(1))
    let own = (aa + bb).sqrt().clamp(min: 1e-20)
    var theirs = own * 0
    for (p, q) in asked { theirs = theirs + p.square().sum(1) + q.square().sum(1) }
    let ratio = (theirs.sqrt().clamp(min: 1e-20) / own).sqrt().unsqueeze(1)
    func turned(_ p: Tensor, _ q: Tensor, _ scale: Tensor) -> Tensor {
      join((p * cosine + q * sine) * scale, (q * cosine - p * sine) * scale)
    }
    return (
      asked.map { turned($0.0, $0.1, ratio.reciprocal()) }, turned(a, b, ratio)
    )
  }

  /// The angle of (x, y) in radians, elementwise, from -π to π.
  private static func arcTangent(_ y: Tensor, _ x: Tensor) -> Tensor {
    // Few numbers, and no such operation on tensors: on this side.
    let angles = zip(y.doubles(), x.doubles()).map { Float(atan2($0, $1)) }
    return Tensor(angles, shape: y.shape)
  }
}
