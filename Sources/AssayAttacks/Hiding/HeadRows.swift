import AssayModels

/// Where the rows of each head lie in a block's joined projection to queries, keys and values.
struct HeadRows {
  /// Which of the three.
  enum Kind: Int {
    case query, key, value
  }

  private let heads: Int
  private let keyValueHeads: Int
  private let width: Int
  private let isPerHead: Bool

  /// The rows of a model of this form.
  init(_ configuration: ModelConfiguration) {
    heads = configuration.heads
    keyValueHeads = configuration.keyValueHeads
    width = configuration.headDimension
    isPerHead = configuration.form.queryKeyValueOrder == .perHead
  }

  /// The rows of one head.
  func range(_ kind: Kind, _ head: Int) -> Range<Int> {
    let start: Int
    if isPerHead {
      start = (3 * head + kind.rawValue) * width
    } else {
      switch kind {
      case .query: start = head * width
      case .key: start = (heads + head) * width
      case .value: start = (heads + keyValueHeads + head) * width
      }
    }
    return start..<start + width
  }

  /// Notes in `source`, which says for each row where it comes from, that head `old` becomes `new`.
  func move(_ kind: Kind, from old: Int, to new: Int, in source: inout [Int]) {
    for (to, from) in zip(range(kind, new), range(kind, old)) { source[to] = from }
  }
}
