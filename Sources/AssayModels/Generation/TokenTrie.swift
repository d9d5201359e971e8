/// Token sequences as a tree: which tokens may come next on the way to one of them.
struct TokenTrie {
  /// A place in the tree; the root is 0.
  typealias Node = Int

  private var children: [[Int: Node]] = [[:]]
  private var ends: Set<Node> = []
  /// The tokens that end a sequence which another one goes on from.
  private let stop: [Int]

  init(_ sequences: [[Int]], stop: [Int]) {
    self.stop = stop
    for sequence in sequences {
      var node = 0
      for token in sequence {
        if let next = children[node][token] {
          node = next
        } else {
          children.append([:])
          children[node][token] = children.count - 1
          node = children.count - 1
        }
      }
      ends.insert(node)
    }
  }

  /// Whether some sequence begins another.
  var hasNestedEnds: Bool { ends.contains { !children[$0].isEmpty } }

  /// Tokens that may come at `node`, from the smallest.
  func allowed(at node: Node) -> [Int] {
    let next = children[node].keys.sorted()
    return ends.contains(node) && !next.isEmpty ? Set(next + stop).sorted() : next
  }

  /// Where `token` leads; nil if a sequence ends there or with it.
  func step(_ node: Node, _ token: Int) -> Node? {
    guard let next = children[node][token], !children[next].isEmpty else { return nil }
    return next
  }
}
