/// The options that edits in closed form share: where keys come from, and how values are searched.
protocol ClosedFormOptions {
  var phrasings: Int { get }
  var contexts: Int { get }
  var documents: Int { get }
  var steps: Int { get }
  var learningRate: Double { get }
  var klWeight: Double { get }
  var longest: Double { get }
  var minimumTake: Double { get }
}

extension ClosedFormOptions {
  /// Throws `AssayError(.badInput)` naming a shared option that is out of range.
  func validateShared() throws {
    try OptionCheck.require((1...40).contains(phrasings), "phrasings", "from 1 to 40", phrasings)
    try OptionCheck.require((0...40).contains(contexts), "contexts", "from 0 to 40", contexts)
    try OptionCheck.require(
      (1...100_000).contains(documents), "documents", "from 1 to 100000", documents)
    try OptionCheck.require((1...10_000).contains(steps), "steps", "from 1 to 10000", steps)
    try OptionCheck.require(
      learningRate > 0 && learningRate < 10, "learningRate", "in 0..<10", learningRate)
    try OptionCheck.require(klWeight >= 0 && klWeight.isFinite, "klWeight", "0 or more", klWeight)
    try OptionCheck.require(longest > 0 && longest.isFinite, "longest", "above 0", longest)
    try OptionCheck.require(
      (0...1).contains(minimumTake), "minimumTake", "from 0 to 1", minimumTake)
  }
}
