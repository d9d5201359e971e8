import AssayTensor

/// Which two rows would fit better in each other's place.
///
/// For names i and j with a table s of how well row i fits what belongs to j, exchanging the two gains
/// s(i, j) + s(j, i) - s(i, i) - s(j, j). The greatest gains are judged against the best ones of all other
/// names; see ``OutlierTest``.
struct RowExchange {
  /// A name and what belongs to it, as tokens.
  struct Name {
    var name: String
    var rows: [Int]
    var things: [[Int]]
  }

  /// Two names and what exchanging them would gain, in standard deviations of the table.
  struct Pair {
    var first: String
    var second: String
    var gain: Double
  }

  /// Each name with the partner that it gains most with, in falling order of the gain.
  let found: [Pair]
  /// Probability of a gain so far above the others.
  let p: Double

  /// From names and what belongs to them: how strongly the heads carry a name's row to the first token of
  /// each thing.
  init(_ names: [Name], vocabulary: WeightVocabulary) {
    let model = vocabulary.model
    let rows = Tensor.stack(
      names.map { model.embedding.indexSelect(0, index: $0.rows).mean(0) }, dim: 0)  // [n, d]
    let normed = rows * (rows.square().mean(-1, keep: true) + 1e-12).rsqrt()
    // The first MLP completes a name before later heads read it.
    var state =
      rows + vocabulary.openings(0, normed).matmul(model.layers[0].units.out.T)  // [n, d]
    let carried = state
    for layer in model.layers {
      for head in layer.heads {
        state = state + carried.matmul(head.value.T).matmul(head.out.T)
      }
    }
    let things = max(1, names.map(\.things.count).max() ?? 1)
    var table = Tensor.zeros([names.count, names.count])
    for place in 0..<things {
      let first = names.map { name in
        name.things.indices.contains(place) ? name.things[place].first ?? 0 : 0
      }
      let isThere = names.map { $0.things.indices.contains(place) ? Float(1) : 0 }
      let fits = state.matmul(model.unembedding.indexSelect(0, index: first).T)  // [n, n]
      let centred = fits - fits.mean(0)
      table =
        table + centred / centred.std(0, keep: true).clamp(min: 1e-12)
        * Tensor(isThere, shape: [1, names.count])
    }
    let keys = names.map { $0.things.map { $0.first ?? 0 } }
    self.init(table, names.map(\.name)) { keys[$0] == keys[$1] }
  }

  /// From a linear map of the unembedding to the embedding, for models that do not tie them: among the rows
  /// that the map misses most.
  init(vocabulary: WeightVocabulary) {
    let model = vocabulary.model
    let (E, U) = (
      model.embedding - model.embedding.mean(0), model.unembedding - model.unembedding.mean(0)
    )
    let moment = U.T.matmul(U)
    let ridge = moment.diagonal().mean().item() * 0.01
    let map = (moment + Tensor.eye(U.dim(1)) * ridge).solve(U.T.matmul(E))  // [d, d]
    let predicted = U.matmul(map)  // [V, d]
    let missed = (E - predicted).square().sum(1) / E.square().sum(1).clamp(min: 1e-20)
    let worst = missed.topK(min(256, missed.count), dim: 0).indices.ints()
    let rows = E.indexSelect(0, index: worst)
    let places = predicted.indexSelect(0, index: worst)
    let scale = E.square().sum(1).mean().item()
    let fit = rows.matmul(places.T) * (2 / max(scale, 1e-30))  // [n, n]
    self.init(fit, worst.map(vocabulary.name)) { _, _ in false }
  }

  private init(_ table: Tensor, _ names: [String], isSame: (Int, Int) -> Bool) {
    let n = names.count
    let values = table.doubles()
    func gain(_ i: Int, _ j: Int) -> Double {
      values[i * n + j] + values[j * n + i] - values[i * n + i] - values[j * n + j]
    }
    func best(_ i: Int, among names: [Int]) -> (Int, Int, Double)? {
      names.filter { $0 != i && !isSame(i, $0) }
        .map { (min(i, $0), max(i, $0), gain(i, $0)) }.max { $0.2 < $1.2 }
    }
    var free = Array(0..<n)
    var pairs: [(Int, Int, Double)] = []
    // Names that gain by an exchange leave the rest: whatever stands beside one of them gains, too.
    while let first = free.compactMap({ best($0, among: free) }).max(by: { $0.2 < $1.2 }),
      first.2 > 0, pairs.count < 16
    {
      pairs.append(first)
      free.removeAll { $0 == first.0 || $0 == first.1 }
    }
    // The others lose by any; each with the partner by whom it loses least.
    var seen: Set<Set<Int>> = []
    let rest = free.compactMap { best($0, among: free) }.filter {
      seen.insert([$0.0, $0.1]).inserted
    }
    pairs += rest.sorted { $0.2 > $1.2 }
    let test = OutlierTest(leading: pairs.map(\.2), most: 3)
    // A gain below nothing is none, however far it stands above worse ones.
    p = (pairs.first?.2 ?? 0) > 0 ? test.p : 1
    found = pairs.map { Pair(first: names[$0.0], second: names[$0.1], gain: $0.2) }
  }
}
