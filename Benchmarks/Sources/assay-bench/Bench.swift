import AssayModels
import AssayTensor
import Foundation

/// Measures what a plan says and prints one JSON array of timings.
@main
struct Bench {
  static func main() throws {
    guard let path = CommandLine.arguments.dropFirst().first else {
      FileHandle.standardError.write(
        Data("usage: assay-bench PLAN.json | population | recomputation\n".utf8))
      exit(64)
    }
    if path == "population" {
      return try PopulationBench.run(Array(CommandLine.arguments.dropFirst(2)))
    }
    if path == "recomputation" {
      return try RecomputationBench.run(Array(CommandLine.arguments.dropFirst(2)))
    }
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    let plan = try JSONDecoder().decode(Plan.self, from: data)
    Runtime.start(threads: plan.threads)
    let timings = try plan.cases.map { try measure($0, atLeast: plan.seconds) }
    print(String(decoding: try JSONEncoder().encode(timings), as: UTF8.self))
  }

  private static func measure(_ work: Plan.Case, atLeast seconds: Double) throws -> Plan.Timing {
    let bundle = try ModelBundle.load(
      URL(fileURLWithPath: work.directory, isDirectory: true), dtype: .float32)
    switch work.work {
    case "forward": return try forward(work, bundle, seconds)
    case "generate": return try generate(work, bundle, seconds)
    default: return try train(work, bundle, seconds)
    }
  }

  private static func forward(
    _ work: Plan.Case, _ bundle: ModelBundle, _ seconds: Double
  ) throws -> Plan.Timing {
    let rows = work.tokens(
      vocabulary: bundle.model.configuration.vocabularySize, length: work.length)
    let input = Tensor(rows.flatMap { $0 }, shape: [work.batch, work.length])  // [B, T]
    return Plan.Timing(
      seconds: repeated(seconds) { withInference { _ = bundle.model.logits(input) } })
  }

  private static func generate(
    _ work: Plan.Case, _ bundle: ModelBundle, _ seconds: Double
  ) throws -> Plan.Timing {
    let prompts = work.tokens(
      vocabulary: bundle.model.configuration.vocabularySize, length: work.length)
    let options = GenerationOptions(maxNewTokens: work.newTokens ?? 64, stop: [])
    let generator = TextGenerator(bundle)
    var tokens: [[Int]] = []
    let times = try repeated(seconds) {
      tokens = try generator.generate(tokens: prompts, options: options).map(\.tokens)
    }
    return Plan.Timing(seconds: times, tokens: tokens)
  }

  /// Steps of the trainer that everything uses: forward, backward, clipping, AdamW.
  private static func train(
    _ work: Plan.Case, _ bundle: ModelBundle, _ seconds: Double
  ) throws -> Plan.Timing {
    let rows = work.tokens(
      vocabulary: bundle.model.configuration.vocabularySize, length: work.length + 1)
    let batch = TokenBatch(
      tokens: Tensor(rows.flatMap { $0 }, shape: [work.batch, work.length + 1]))  // [B, T + 1]
    var settings = TrainingConfiguration(steps: 1, learningRate: 1e-4, warmupSteps: 0)
    settings.computeDType = "float32"
    settings.quiet = true
    var starts: [ContinuousClock.Instant] = []
    func run(steps: Int) throws {
      settings.steps = steps
      starts = []
      try Trainer(settings).run(bundle.model) { _ in
        starts.append(.now)
        return batch.loss(bundle.model.logits(batch.inputs))
      }
      starts.append(.now)
    }
    try run(steps: 2)
    let warm = (starts[2] - starts[1]).inSeconds
    try run(steps: max(3, min(50, Int(seconds / warm))))
    return Plan.Timing(seconds: zip(starts, starts.dropFirst()).map { ($1 - $0).inSeconds })
  }

  /// Seconds of each of at least three runs of `body`, after one that does not count.
  private static func repeated(_ seconds: Double, _ body: () throws -> Void) rethrows -> [Double] {
    try body()
    var times: [Double] = []
    while times.count < 3 || (times.reduce(0, +) < seconds && times.count < 100) {
      let start = ContinuousClock.now
      try body()
      times.append((ContinuousClock.now - start).inSeconds)
    }
    return times
  }
}

extension Duration {
  fileprivate var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
