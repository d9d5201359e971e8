/// Where a tensor's elements are.
public struct Device: Hashable, Sendable, CustomStringConvertible {
  /// libtorch's side of the story: -1 for the processor, otherwise the number of the CUDA device.
  let code: Int32

  init(code: Int32) { self.code = code }

  /// The processor's own memory.
  public static let cpu = Device(code: -1)

  /// CUDA device `index`, counted from 0.
  public static func cuda(_ index: Int) -> Device {
    precondition(
      index >= 0 && index < 128, "Device.cuda: expected an index in 0..<128, got \(index)")
    return Device(code: Int32(index))
  }

  public var description: String { code < 0 ? "cpu" : "cuda:\(code)" }
}
