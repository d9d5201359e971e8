/// What becomes of the matches of a split: `SplitDelimiterBehavior` of the `tokenizers` library.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// Turns matches and the gaps between them, given one by one, into pieces.
  struct Cutter {
    let behavior: SplitBehavior
    private var pending: (start: Int, end: Int)?
    private var followsMatch = false

    init(_ behavior: SplitBehavior) {
      self.behavior = behavior
    }

    /// Takes the next match or gap, and calls `body` where a piece is whole.
    @inline(__always)
    mutating func add(_ start: Int, _ end: Int, isMatch: Bool, _ body: (Int, Int) -> Void) {
      switch behavior {
      case .isolated:
        if end > start { body(start, end) }
      case .removed:
        if !isMatch, end > start { body(start, end) }
      case .mergedWithPrevious:
        join(start, end, if: isMatch && !followsMatch, body)
      case .contiguous:
        join(start, end, if: isMatch == followsMatch, body)
      case .mergedWithNext:
        join(start, end, if: followsMatch && !isMatch, body)
      }
      followsMatch = isMatch
    }

    @inline(__always)
    private mutating func join(
      _ start: Int, _ end: Int, if joins: Bool, _ body: (Int, Int) -> Void
    ) {
      if joins, let earlier = pending {
        pending = (earlier.start, end)
      } else {
        finish(body)
        pending = (start, end)
      }
    }

    /// Gives the last piece.
    @inline(__always)
    mutating func finish(_ body: (Int, Int) -> Void) {
      if let (start, end) = pending, end > start { body(start, end) }
      pending = nil
    }
  }
}
