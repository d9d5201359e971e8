import AssayModels

/// Gradient-guided token search.
enum Searching {
  /// Seconds of one step: what more steps take longer, so that setting up does not count.
  static func search(_ work: Plan.Case, _ bundle: ModelBundle) throws -> Plan.Timing {
    let prefix =
      work.tokens(
        vocabulary: bundle.model.configuration.vocabularySize, length: work.length
      ).first ?? []
    let span = [Int](repeating: 50, count: work.span ?? 16)
    func run(_ steps: Int) throws -> Double {
      let options = TokenSearchOptions(
        steps: steps, width: work.batch, topK: 64, batchSize: work.batch, seed: 1,
        allowsNonASCII: true, mustRetokenize: false)
      let start = ContinuousClock.now
      _ = try TokenSearch(
        bundle, prefix: prefix, initial: span, target: [100, 101, 102, 103], options: options
      ).run()
      return (ContinuousClock.now - start).inSeconds
    }
    let once = try run(1)
    let steps = max(3, min(50, Int(work.seconds / once)))
    return Plan.Timing(
      seconds: try (0..<2).map { _ in (try run(steps + 1) - run(1)) / Double(steps) })
  }
}
