/// What the numeric floor runs on, as `assay doctor` shows it.
public struct RuntimeInfo: Codable, Hashable, Sendable {
  /// Version of libtorch, such as `2.11.0`.
  public var torchVersion: String
  /// Threads that one operation may use.
  public var threads: Int
  /// The device that tensors are made on unless told otherwise.
  public var device: String
  /// The kernels that libtorch chose for this processor, such as `AVX512`.
  public var kernels: String
  /// The processor's own name, if it tells.
  public var processor: String
  /// Whether the processor multiplies bfloat16 tiles (AMX-BF16).
  public var hasAMX: Bool
  /// Whether the processor has 512-bit vectors (AVX-512F).
  public var hasAVX512: Bool
  /// Whether those vectors multiply bfloat16 (AVX512-BF16).
  public var hasAVX512BF16: Bool
  /// Whether an Arm processor multiplies bfloat16.
  public var hasArmBF16: Bool
  /// Number of CUDA devices that libtorch sees.
  public var cudaDevices: Int
  /// Name of the dtype that `Runtime.preferredDType` gives.
  public var preferredDType: String
}
