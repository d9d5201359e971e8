/// The continuation of one prompt while it is being written.
struct Draft {
  /// What has been added.
  var tokens: [Int] = []
  var logProbabilities: [Double] = []
  var alternatives: [[TokenLogProbability]] = []
  /// Most tokens that may be added.
  let budget: Int
  /// Where it stands on the way to a choice; nil once one is reached.
  var node: TokenTrie.Node? = 0
  var isDone: Bool

  init(budget: Int) {
    self.budget = budget
    isDone = budget <= 0
  }

  /// The result so far.
  func generation(_ ending: Ending) -> Generation {
    Generation(
      text: ending.text(of: tokens), tokens: tokens, logProbabilities: logProbabilities,
      alternatives: alternatives)
  }
}
