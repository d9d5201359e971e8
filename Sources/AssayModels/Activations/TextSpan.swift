/// Which positions of their texts the tokens of a pass stand at.
struct TextSpan: Hashable, Sendable {
  /// Rows of the batch.
  var rows: Int
  /// New tokens per row.
  var count: Int
  /// Tokens per row that a cache held before.
  var past = 0
  /// For each row the index of its first real token, counted from the cache's beginning; nil: 0.
  var starts: [Int]?

  /// The position in the text of the token at `column` of the pass; negative for padding.
  func position(_ row: Int, _ column: Int) -> Int { past + column - start(row) }

  /// The index of the first real token of `row`.
  func start(_ row: Int) -> Int { starts?[row] ?? 0 }
}
