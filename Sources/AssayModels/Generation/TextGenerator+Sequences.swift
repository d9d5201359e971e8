import AssayTensor

extension TextGenerator {
  /// Summed log-probabilities of the tokens of each sequence from index `firsts` on.
  ///
  /// What comes before the token at `firsts - 1` is read once where all sequences, or groups of
  /// them, share it.
  func scores(_ sequences: [[Int]], from firsts: [Int]) throws -> [Double] {
    let firsts = firsts.map { max($0, 1) }
    let shared = try sharedPrefix(sequences, limit: (firsts.min() ?? 1) - 1)
    let known = shared?.count ?? 0
    var totals = sequences.map { _ in 0.0 }
    withoutGrad {
      if let groups = heads(sequences, firsts, known: known) {
        for batch in headBatches(groups, sequences) {
          add(to: &totals, batch, groups, sequences, firsts, after: shared)
        }
        return
      }
      for batch in batches(sequences.map { max($0.count - 1 - known, 1) }) {
        // The last token of a sequence is only predicted, never read.
        let (residual, width) = residuals(
          batch.map { Array(sequences[$0].dropLast().dropFirst(known)) }, after: shared)
        let read = Read(
          residual: residual, width: width, rows: batch, offsets: batch.map { _ in known })
        add(to: &totals, read, sequences, firsts)
      }
    }
    return totals
  }

  /// A pass over a batch: residuals [N T, d] of the tokens of `rows` from `offsets` on.
  private struct Read {
    var residual: Tensor
    var width: Int
    var rows: [Int]
    var offsets: [Int]
  }

  private func add(
    to totals: inout [Double], _ read: Read, _ sequences: [[Int]], _ firsts: [Int]
  ) {
    var (places, targets, owners) = ([Int](), [Int](), [Int]())
    for (at, row) in read.rows.enumerated() {
      let sequence = sequences[row]
      for position in firsts[row]..<max(sequence.count, firsts[row]) {
        places.append(at * read.width + position - 1 - read.offsets[at])
        targets.append(sequence[position])
        owners.append(row)
      }
    }
    let chunk = max(64, 16_777_216 / bundle.model.configuration.vocabularySize)
    for start in stride(from: 0, to: places.count, by: chunk) {
      let part = start..<min(start + chunk, places.count)
      let logits = bundle.model.unembed(
        read.residual.indexSelect(0, index: index(Array(places[part]))))
      let losses = Tensor.crossEntropy(
        logits.to(dtype: .float32), index(Array(targets[part])), reduction: .none)
      for (owner, loss) in zip(owners[part], losses.floats()) { totals[owner] -= Double(loss) }
    }
  }

  /// Sequences that share a head: all tokens before the last one of the prompt.
  private struct Heads {
    var tokens: [[Int]]
    var members: [[Int]]
  }

  /// Heads that several sequences share, nil unless a third of the work at least is saved by
  /// reading them once.
  private func heads(_ sequences: [[Int]], _ firsts: [Int], known: Int) -> Heads? {
    guard !bundle.model.configuration.form.positionsDependOnLength else { return nil }
    var places: [[Int]: Int] = [:]
    var result = Heads(tokens: [], members: [])
    for (row, sequence) in sequences.enumerated() {
      let head = Array(sequence.prefix(firsts[row] - 1))
      if let place = places[head] {
        result.members[place].append(row)
      } else {
        places[head] = result.tokens.count
        result.tokens.append(head)
        result.members.append([row])
      }
    }
    let apart = sequences.reduce(0) { $0 + $1.count - 1 - known }
    let headTokens = result.tokens.reduce(0) { $0 + $1.count - known }
    let tails = zip(sequences, firsts).reduce(0) { $0 + $1.0.count - $1.1 }
    return 3 * (headTokens + tails) <= 2 * apart ? result : nil
  }

  /// Heads of similar length whose sequences make about a batch; a head with more is cut.
  private func headBatches(_ heads: Heads, _ sequences: [[Int]]) -> [[(head: Int, rows: [Int])]] {
    let context = bundle.model.configuration.contextLength
    var result: [[(head: Int, rows: [Int])]] = []
    var (room, tail) = (0, 0)
    for head in heads.tokens.indices.sorted(by: {
      heads.tokens[$0].count < heads.tokens[$1].count
    }) {
      let length = heads.tokens[head].count
      let members = heads.members[head].sorted { sequences[$0].count < sequences[$1].count }
      for start in stride(from: 0, to: members.count, by: batchSize) {
        let rows = Array(members[start..<min(start + batchSize, members.count)])
        let longest = rows.map { sequences[$0].count }.max() ?? 1
        // Padding must have positions, too.
        if rows.count * longest > room || length + max(tail, longest - length) > context {
          result.append([])
          (room, tail) = (min(batchSize * longest, 8192), 0)
        }
        result[result.count - 1].append((head, rows))
        room -= rows.count * longest
        tail = max(tail, longest - length)
      }
    }
    return result
  }

  /// Reads each head of a batch once, then all of its tails.
  private func add(
    to totals: inout [Double], _ batch: [(head: Int, rows: [Int])], _ heads: Heads,
    _ sequences: [[Int]], _ firsts: [Int], after shared: KVPrefix?
  ) {
    let (cache, _) = prefill(
      batch.map { heads.tokens[$0.head] }, after: shared, room: 0)
    let length = cache.length
    cache.select(
      rows: batch.enumerated().flatMap { at, group in
        [Int](repeating: at, count: group.rows.count)
      })
    let rows = batch.flatMap(\.rows)
    let offsets = rows.map { firsts[$0] - 1 }
    let tails = zip(rows, offsets).map { Array(sequences[$0].dropLast().dropFirst($1)) }
    let (residual, width) = residuals(
      tails, cache: cache, starts: offsets.map { length - $0 })
    add(
      to: &totals, Read(residual: residual, width: width, rows: rows, offsets: offsets),
      sequences, firsts)
  }
}
