import CTorch
import Foundation

/// Threads, processor features and the choice of dtype.
public enum Runtime {
  /// Sets the number of threads (nil keeps libtorch's choice) and flushes denormals on all of them.
  ///
  /// Call it once, before the first tensor. Softmaxes that are nearly one-hot otherwise fill with
  /// denormals, which cost a hundred times a normal number. Threads that first touch a tensor later
  /// flush as well, without a call.
  public static func start(threads: Int? = nil) {
    Tensor.run("Runtime.start", []) { atx_start(Int32(clamping: threads ?? 0)) }
  }

  /// Threads that one operation may use.
  public static var threads: Int {
    var count: Int32 = 0
    Tensor.run("Runtime.threads", []) { atx_threads(&count) }
    return Int(count)
  }

  /// Gives memory that is kept for further tensors back to the system.
  ///
  /// Large blocks of tensors that are gone are kept, up to a sixteenth of the machine's memory and
  /// 2 GiB: what the next pass needs is then there without a page fault. Useful before measuring
  /// memory, and between phases that need it for something else.
  public static func releaseMemory() {
    Tensor.run("Runtime.releaseMemory", []) { atx_release_memory() }
  }

  /// Whether this thread and those that compute for it turn denormals into zero.
  public static var flushesDenormals: Bool {
    Tensor.ask("Runtime.flushesDenormals", []) { atx_flushes_denormals($0) }
  }

  /// bfloat16 where the processor multiplies it in hardware, otherwise float32.
  public static var preferredDType: DType {
    let features = ProcessorFeatures.current
    return features.hasAMX || features.hasAVX512BF16 || features.hasArmBF16 ? .bfloat16 : .float32
  }

  /// Versions, features and choices, for reports.
  public static var info: RuntimeInfo {
    let features = ProcessorFeatures.current
    var devices: Int32 = 0
    Tensor.run("Runtime.info", []) { atx_cuda_devices(&devices) }
    return RuntimeInfo(
      torchVersion: String(cString: atx_torch_version()), threads: threads,
      device: Device.cpu.description, kernels: String(cString: atx_cpu_capability()),
      processor: features.name, hasAMX: features.hasAMX, hasAVX512: features.hasAVX512,
      hasAVX512BF16: features.hasAVX512BF16, hasArmBF16: features.hasArmBF16,
      cudaDevices: Int(devices), preferredDType: preferredDType.description)
  }

  /// Measured rate of a matrix product in GFLOP/s (2n³ operations each): the best of several.
  ///
  /// Takes about `seconds`.
  public static func measureMatmul(
    _ dtype: DType = .float32, size: Int = 1024, seconds: Double = 0.4
  ) -> Double {
    withInference {
      let generator = Generator(seed: 1)
      let a = Tensor.randn([size, size], generator: generator).to(dtype: dtype)
      let b = Tensor.randn([size, size], generator: generator).to(dtype: dtype)
      _ = a.matmul(b)
      let clock = ContinuousClock()
      let begin = clock.now
      var best = Double.infinity
      repeat {
        let elapsed = clock.measure { _ = a.matmul(b) }
        best = min(best, elapsed / .seconds(1))
      } while clock.now - begin < .seconds(seconds)
      return 2 * Double(size) * Double(size) * Double(size) / best / 1e9
    }
  }
}
