import AssayTensor

/// What a pass produced at a site, and where in the texts that was.
struct RecordedActivation: Sendable {
  var value: Tensor
  var span: TextSpan

  /// The activation laid out for a pass at `target`, token by token of the text.
  ///
  /// `known`, broadcast, is false where this recording has nothing: positions that it did not see,
  /// and padding; nil: it has everything. One recorded row serves all rows.
  func laidOut(
    _ part: ActivationSite.Part, _ shape: [Int], _ target: TextSpan
  ) -> (value: Tensor, known: Tensor?) {
    precondition(
      span.rows == 1 || span.rows == target.rows,
      "patch: expected a recording of 1 or \(target.rows) rows, got \(span.rows)")
    var x = value
    guard x.shape != shape || span != target else { return (x, nil) }
    var known: Tensor?
    for (axis, kind) in part.axes.enumerated() where kind == .position || kind == .key {
      let (held, wanted) = (x.dim(axis), shape[axis])
      var columns: [Int] = []  // of the recording, flat over rows
      var flags: [Bool] = []
      for row in 0..<target.rows {
        let source = span.rows == 1 ? 0 : row
        // Keys are counted from the beginning of the cache, tokens from that of the pass.
        let (mine, theirs) =
          kind == .key
          ? (span.start(source), target.start(row))
          : (span.start(source) - span.past, target.start(row) - target.past)
        for column in 0..<wanted {
          let found = column - theirs + mine
          let isKnown = column >= theirs && found >= 0 && found < held
          flags.append(isKnown)
          columns.append((x.dim(0) == 1 ? 0 : row) * held + (isKnown ? found : 0))
        }
      }
      let front = x.transpose(1, axis)
      let rest = Array(front.shape.dropFirst(2))
      x = front.reshape([front.dim(0) * held] + rest).indexSelect(0, index: columns)
        .reshape([target.rows, wanted] + rest).transpose(1, axis)
      var size = [Int](repeating: 1, count: shape.count)
      (size[0], size[axis]) = (target.rows, wanted)
      let part = Tensor(flags, shape: size)
      known = known?.logicalAnd(part) ?? part
    }
    return (x, known)
  }

  /// The mean over rows and positions of the texts, padding left out; every such axis has length 1.
  func mean(_ part: ActivationSite.Part) -> Tensor {
    guard let axis = part.axes.firstIndex(of: .position) else { return value.mean(0, keep: true) }
    guard span.starts != nil else { return value.mean([0, axis], keep: true) }
    let counts = (0..<span.rows).flatMap { row in
      (0..<span.count).map { span.position(row, $0) >= 0 }
    }
    var size = [Int](repeating: 1, count: value.rank)
    (size[0], size[axis]) = (span.rows, span.count)
    let weight = Tensor(counts, shape: size).to(dtype: value.dtype).to(device: value.device)
    let total = Double(counts.count { $0 })
    return (value * weight).sum([0, axis], keep: true) / total
  }

  /// For each of `rows` rows one of this recording's, drawn by `choose`.
  func resampled(rows: Int, _ choose: (Int) -> Int) -> RecordedActivation {
    let chosen = (0..<rows).map(choose)
    var span = span
    span.rows = rows
    span.starts = span.starts.map { starts in chosen.map { starts[$0] } }
    return RecordedActivation(value: value.indexSelect(0, index: chosen), span: span)
  }
}
