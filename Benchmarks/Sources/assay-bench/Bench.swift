import AssayModels
import AssayTensor
import Foundation

/// Reads cases from standard input, a line of JSON each, and answers each with a line of timings.
///
/// One process for all cases, so that loading is paid once for each model. `population` and
/// `recomputation` as an argument are benchmarks of their own, without a peer.
@main
struct Bench {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "population": return try PopulationBench.run(Array(arguments.dropFirst()))
    case "recomputation": return try RecomputationBench.run(Array(arguments.dropFirst()))
    default: break
    }
    var loaded: (key: String, bundle: ModelBundle)?
    while let line = readLine() {
      let work = try JSONDecoder().decode(Plan.Case.self, from: Data(line.utf8))
      Runtime.start(threads: work.threads)
      let timing: Plan.Timing
      if work.work == "ready" {
        timing = Plan.Timing(seconds: [])
      } else if work.work == "peak" {
        timing = Peak.measure(work)
      } else {
        // Training keeps weights in float32, whatever it computes in.
        let trains = ["train", "adapter", "population"].contains(work.work)
        let key = "\(work.directory) \(trains ? "float32" : work.dtype) \(trains)"
        if loaded?.key != key {
          loaded = nil
          let bundle = try ModelBundle.load(
            URL(fileURLWithPath: work.directory, isDirectory: true),
            dtype: trains ? .float32 : work.computed)
          loaded = (key, bundle)
        }
        guard let bundle = loaded?.bundle else { continue }
        timing = try measure(work, bundle)
      }
      print(String(decoding: try JSONEncoder().encode(timing), as: UTF8.self))
      fflush(nil)
    }
  }

  private static func measure(_ work: Plan.Case, _ bundle: ModelBundle) throws -> Plan.Timing {
    switch work.work {
    case "forward": Reading.forward(work, bundle)
    case "cached": Reading.cached(work, bundle)
    case "generate": try Writing.generate(work, bundle)
    case "search": try Searching.search(work, bundle)
    case "adapter": try Learning.adapter(work, bundle)
    case "population": try Learning.population(work, bundle)
    default: try Learning.full(work, bundle)
    }
  }

  /// Seconds of each of at least three runs of `body`, after one that does not count.
  static func repeated(_ seconds: Double, _ body: () throws -> Void) rethrows -> [Double] {
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
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
