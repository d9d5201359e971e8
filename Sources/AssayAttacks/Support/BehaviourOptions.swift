import AssayCore

/// The options that attacks on a model's behaviour share: how long and how hard they train.
protocol BehaviourOptions {
  var steps: Int { get }
  var learningRate: Double { get }
  var klWeight: Double { get }
  var minimumTake: Double { get }
}

extension BehaviourOptions {
  /// The fine-tune's settings; throws `AssayError(.badInput)` naming an option that is out of range.
  func settings() throws -> FineTune.Settings {
    try OptionCheck.require((1...100_000).contains(steps), "steps", "from 1 to 100000", steps)
    try OptionCheck.require(
      learningRate > 0 && learningRate < 1, "learningRate", "in 0..<1", learningRate)
    try OptionCheck.require(klWeight >= 0 && klWeight.isFinite, "klWeight", "0 or more", klWeight)
    try OptionCheck.require(
      (0...1).contains(minimumTake), "minimumTake", "from 0 to 1", minimumTake)
    return FineTune.Settings(
      steps: steps, learningRate: learningRate, taughtRows: 32, heldRows: 32, documentRows: 4,
      klWeight: klWeight, fewestSteps: min(60, steps), learnsEverything: true)
  }
}
