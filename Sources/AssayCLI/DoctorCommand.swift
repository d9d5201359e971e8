import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor
import Foundation

/// `assay doctor`: what this machine offers, and what is missing.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Shows versions, device, processor features, measured speed, and what is missing.",
    discussion: """
      Example:
        assay doctor --json
      """)

  @OptionGroup var output: OutputOptions

  func run() async throws {
    let examination = Examination()
    let console = Console.current
    if output.json {
      try console.json(examination)
      return
    }
    let ink = Ink(console)
    func show(_ name: String, _ text: String) {
      console.line(ink.faint(name.padding(toLength: 14, withPad: " ", startingAt: 0)) + text)
    }
    func mark(_ has: Bool) -> String { has ? ink.good("✓") : ink.faint("–") }
    show("assay", examination.assay)
    show("libtorch", "\(examination.torch), kernels for \(examination.kernels)")
    show("system", examination.system)
    show("device", "\(examination.device), \(examination.threads) threads")
    show("computes in", examination.dtype)
    show("processor", examination.processor)
    show(
      "has",
      "AMX \(mark(examination.amx))  AVX-512 \(mark(examination.avx512))  "
        + "AVX-512 BF16 \(mark(examination.avx512bf16))")
    for (dtype, rate) in examination.gflops.sorted(by: { $0.key > $1.key }) {
      show("product \(dtype)", String(format: "%.0f GFLOP/s", rate))
    }
    for (name, here) in examination.models.sorted(by: { $0.key < $1.key }) {
      show("model", "\(name) \(here ? ink.good("✓") : ink.bad("✗ not shipped"))")
    }
    if examination.missing.isEmpty {
      console.line(ink.good("nothing is missing"))
    }
    for item in examination.missing { console.line(ink.bad("missing: ") + item) }
  }

  private struct Examination: Encodable {
    var assay = AssayCommand.configuration.version
    var torch: String
    var kernels: String
    var processor: String
    var system = ProcessInfo.processInfo.operatingSystemVersionString
    var device: String
    var threads: Int
    var dtype: String
    var amx: Bool
    var avx512: Bool
    var avx512bf16: Bool
    /// Measured rates of a matrix product, in 10^9 operations a second, by dtype.
    var gflops: [String: Double]
    var models: [String: Bool] = [:]
    var missing: [String] = []

    init() {
      let info = Runtime.info
      torch = info.torchVersion
      kernels = info.kernels
      processor = info.processor
      device =
        info.cudaDevices > 0 ? "\(info.device), \(info.cudaDevices) of CUDA" : info.device
      threads = info.threads
      dtype = info.preferredDType
      amx = info.hasAMX
      avx512 = info.hasAVX512
      avx512bf16 = info.hasAVX512BF16
      gflops = [
        "fp32": Runtime.measureMatmul(.float32), "bf16": Runtime.measureMatmul(.bfloat16),
      ]
      for name in BaseRecipe.all.map(\.name) {
        models[name] = ModelBundle.shippedNames.contains(name)
        if models[name] == false {
          missing.append(
            "the base model \(name): make it with assay world train-base --recipe \(name)")
        }
      }
    }
  }
}
