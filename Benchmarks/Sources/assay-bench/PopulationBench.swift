import AssayModels
import AssayTensor
import Foundation

/// Many adapters of one base trained together, against one after the other.
///
/// `assay-bench population [--members 32] [--rank 8] [--steps 3] [--threads 2] [--pass 4096]
/// [--shape 1...]`
/// prints a table for several shapes of batch, in float32 and in bfloat16 where the processor has
/// it. Both sides take the same batches through the same steps; weights are random, and the sizes
/// those of the shipped model of 4M.
enum PopulationBench {
  /// What one member learns from at each step.
  private struct Shape {
    var rows: Int
    var length: Int
    /// Predictions per row that count, at its end; all where nil.
    var answer: Int?

    var label: String { "\(rows)×\(length)" + (answer.map { ", last \($0)" } ?? "") }
  }

  private static let shapes = [
    Shape(rows: 1, length: 16), Shape(rows: 4, length: 16), Shape(rows: 16, length: 16),
    Shape(rows: 16, length: 16, answer: 3), Shape(rows: 48, length: 16, answer: 3),
    Shape(rows: 16, length: 64),
  ]

  /// The same few batches for both sides.
  private struct Batches: TokenSource {
    var shape: Shape
    var vocabulary: Int
    var seed: UInt64
    var tokensPerBatch: Int { shape.rows * shape.length }

    func batch(step: Int) -> TokenBatch {
      let generator = Generator(seed: seed * 1000 + UInt64(step))
      let tokens = Tensor.randint(
        0..<vocabulary, [shape.rows, shape.length + 1], generator: generator)
      guard let answer = shape.answer else { return TokenBatch(tokens: tokens) }
      let late = Tensor.arange(shape.length).ge(Double(shape.length - answer))
      return TokenBatch(tokens: tokens, counts: late.expand([shape.rows, shape.length]))
    }
  }

  /// Runs with the arguments after `population`.
  static func run(_ arguments: [String]) throws {
    func option(_ name: String, _ standard: Int) -> Int {
      guard let at = arguments.firstIndex(of: "--\(name)"), at + 1 < arguments.count else {
        return standard
      }
      return Int(arguments[at + 1]) ?? standard
    }
    let (members, rank) = (option("members", 32), option("rank", 8))
    let threads = option("threads", 2)
    Runtime.start(threads: threads)
    let configuration = ModelConfiguration(
      hiddenSize: 256, intermediateSize: 688, layers: 5, heads: 8, keyValueHeads: 4,
      vocabularySize: 3072, contextLength: 256)
    let base = DecoderModel(configuration, seed: 1)
    show(
      "\(members) adapters of rank \(rank) on \(base.parameterCount) weights, \(threads) threads; "
        + "ms per step of one member\n")
    show("batch            dtype     one by one  together  ratio  GFLOP/s")
    let dtypes = Runtime.preferredDType == .bfloat16 ? ["float32", "bfloat16"] : ["float32"]
    let chosen = option("shape", 0)  // counted from 1; 0: all
    for (index, shape) in shapes.enumerated() where chosen == 0 || chosen == index + 1 {
      for dtype in dtypes {
        let (alone, together) = try measure(
          shape, dtype, base, members: members, rank: rank, steps: option("steps", 3),
          tokensPerPass: option("pass", 4096))
        // Forward and the gradient of activations: two products of each weight for each token.
        let head = Double(configuration.vocabularySize * configuration.hiddenSize)
        let blocks = Double(base.parameterCount) - head
        let tokens = Double(shape.rows * shape.length)
        let predictions = Double(shape.rows * (shape.answer ?? shape.length))
        let rate = 4 * (blocks * tokens + head * predictions) / together / 1e9
        show(
          shape.label.padding(toLength: 17, withPad: " ", startingAt: 0)
            + dtype.padding(toLength: 8, withPad: " ", startingAt: 0)
            + String(
              format: "%12.2f %9.2f %6.2f %8.0f", 1000 * alone, 1000 * together, alone / together,
              rate))
      }
    }
  }

  /// Seconds of one member's step, alone and as a part of the population; of small batches, the faster
  /// of two runs.
  private static func measure(
    _ shape: Shape, _ dtype: String, _ base: DecoderModel, members count: Int, rank: Int,
    steps: Int, tokensPerPass: Int
  ) throws -> (alone: Double, together: Double) {
    let settings = LowRankAdapter.Settings(rank: rank)
    let configuration = TrainingConfiguration(
      steps: steps, learningRate: 1e-3, computeDType: dtype, quiet: true)
    func source(_ index: Int) -> Batches {
      Batches(
        shape: shape, vocabulary: base.configuration.vocabularySize, seed: UInt64(index))
    }
    var (alone, together) = (Double.infinity, Double.infinity)
    for _ in 0..<(shape.rows * shape.length > 512 ? 1 : 2) {
      // Every adapter alone costs the same: some of them stand for all.
      let sample = min(count, 4)
      var seconds = 0.0
      for index in 0..<sample {
        let adapter = try LowRankAdapter(for: base, settings: settings, seed: UInt64(index))
        let model = base.adapted(by: adapter)
        seconds += try Trainer(configuration).run(model, source: source(index)).seconds
      }
      alone = min(alone, seconds / Double(sample * steps))
      let population = try LowRankPopulation(
        for: base, settings: settings, seeds: (0..<count).map { UInt64($0) })
      let members = (0..<count).map {
        PopulationTrainer.Member(configuration, source: source($0))
      }
      let records = try PopulationTrainer(members, tokensPerPass: tokensPerPass, quiet: true)
        .run(base, population)
      together = min(together, records.reduce(0) { $0 + $1.seconds } / Double(count * steps))
    }
    return (alone, together)
  }
}

/// Writes a line at once, also into a file.
func show(_ line: String) {
  FileHandle.standardOutput.write(Data("\(line)\n".utf8))
}
