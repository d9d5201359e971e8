import AssayModels
import AssayTensor
import Foundation

/// Memory and time of a training step that keeps its activations, and of one that recomputes them.
///
/// `assay-bench recomputation [--threads 2]`, on Linux: peak memory is what the kernel counts.
enum RecomputationBench {
  /// Runs with the arguments after `recomputation`.
  static func run(_ arguments: [String]) throws {
    let threads = arguments.firstIndex(of: "--threads").flatMap {
      $0 + 1 < arguments.count ? Int(arguments[$0 + 1]) : nil
    }
    Runtime.start(threads: threads ?? 2)
    show("layers × width  batch    kept MB  recomputed MB  kept ms  recomputed ms")
    for (layers, width, rows, length) in [(5, 256, 32, 128), (12, 512, 16, 128)] {
      let configuration = ModelConfiguration(
        hiddenSize: width, intermediateSize: 11 * width / 4, layers: layers, heads: width / 32,
        vocabularySize: 3072, contextLength: 256)
      let tokens = Tensor.randint(0..<3072, [rows, length + 1], generator: Generator(seed: 1))
      let batch = TokenBatch(tokens: tokens)
      func measure(recomputes: Bool) throws -> (megabytes: Double, milliseconds: Double) {
        let model = DecoderModel(configuration, seed: 1)
        var settings = TrainingConfiguration(steps: 3, computeDType: "float32", quiet: true)
        settings.recomputesActivations = recomputes
        // Weights, gradients and moments are there in both cases: what a step adds is counted.
        let state = 16 * Double(model.parameterCount) / 1e6
        let before = try resetPeak()
        let record = try Trainer(settings).run(model) { _ in
          batch.loss(model.logits(batch.inputs))
        }
        let weights = 4 * Double(model.parameterCount) / 1e6
        return (try status("VmHWM") - before - (state - weights), 1000 * record.seconds / 3)
      }
      // The smaller one first, so that the memory that it leaves behind is not counted for it.
      let again = try measure(recomputes: true)
      let kept = try measure(recomputes: false)
      show(
        "\(layers) × \(width)".padding(toLength: 16, withPad: " ", startingAt: 0)
          + "\(rows)×\(length)".padding(toLength: 7, withPad: " ", startingAt: 0)
          + String(
            format: "%9.0f %14.0f %8.0f %14.0f", kept.megabytes, again.megabytes,
            kept.milliseconds, again.milliseconds))
    }
  }

  /// Starts counting the peak anew; gives the megabytes in use.
  private static func resetPeak() throws -> Double {
    Runtime.releaseMemory()
    try Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    return try status("VmRSS")
  }

  /// A line of /proc/self/status, in megabytes.
  private static func status(_ key: String) throws -> Double {
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(key):") } ?? ""
    let number = line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) } ?? 0
    return number * 1024 / 1e6
  }
}
