import Foundation

#if canImport(Darwin)
  import Darwin
#endif

/// What the processor says about itself: /proc/cpuinfo on Linux, sysctl on macOS.
struct ProcessorFeatures: Hashable, Sendable {
  var name = "unknown"
  var hasAMX = false
  var hasAVX512 = false
  var hasAVX512BF16 = false
  var hasArmBF16 = false

  static let current = read()

  /// Reads the text of /proc/cpuinfo, of x86 ("flags") or Arm ("Features").
  init(cpuinfo: String) {
    var flags: Set<Substring> = []
    for line in cpuinfo.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let key = parts[0].trimmingCharacters(in: .whitespaces)
      if key == "model name", name == "unknown" {
        name = parts[1].trimmingCharacters(in: .whitespaces)
      }
      if key == "flags" || key == "Features", flags.isEmpty {
        flags = Set(parts[1].split(separator: " "))
      }
    }
    hasAMX = flags.contains("amx_bf16") && flags.contains("amx_tile")
    hasAVX512 = flags.contains("avx512f")
    hasAVX512BF16 = hasAVX512 && flags.contains("avx512_bf16")
    hasArmBF16 = flags.contains("bf16")
  }

  private static func read() -> ProcessorFeatures {
    #if canImport(Darwin)
      var features = ProcessorFeatures(cpuinfo: "")
      features.name = text("machdep.cpu.brand_string") ?? "unknown"
      features.hasArmBF16 = flag("hw.optional.arm.FEAT_BF16")
      features.hasAVX512 = flag("hw.optional.avx512f")
      return features
    #else
      let data = FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data()
      return ProcessorFeatures(cpuinfo: String(decoding: data, as: UTF8.self))
    #endif
  }

  #if canImport(Darwin)
    private static func flag(_ name: String) -> Bool {
      var value: Int32 = 0
      var size = MemoryLayout<Int32>.size
      return sysctlbyname(name, &value, &size, nil, 0) == 0 && value != 0
    }

    private static func text(_ name: String) -> String? {
      var size = 0
      guard sysctlbyname(name, nil, &size, nil, 0) == 0, size > 1 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix(size - 1), as: UTF8.self)
    }
  #endif
}
