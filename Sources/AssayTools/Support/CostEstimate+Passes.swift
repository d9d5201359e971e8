import AssayCore
import AssayGame

extension CostEstimate {
  /// One call that passes `tokens` tokens through the suspect, known beforehand.
  init(passing tokens: Int, through suspect: Suspect) {
    self.init(passing: tokens, to: tokens, through: suspect)
  }

  /// One call that passes `least` to `most` tokens through the suspect; operations are bounded from above.
  init(passing least: Int, to most: Int, through suspect: Suspect) {
    self.init(
      least: Cost(calls: 1, tokens: least),
      most: Cost(calls: 1, tokens: most, flops: suspect.forwardFLOPs(tokens: most)))
  }
}
