import Foundation
import Testing

@testable import AssayTensor

@Suite struct RuntimeTests {
  /// Halves the least normal number, over enough elements that worker threads take part.
  private static func underflowIsZero() -> Bool {
    let tiny = Tensor.full([1 << 18], Double(Float.leastNormalMagnitude))
    return (tiny * 0.5).eq(0).all()
  }

  @Test func `denormals are flushed on the first thread and on its workers`() {
    Runtime.start()
    #expect(Runtime.flushesDenormals)
    #expect(Self.underflowIsZero())
  }

  @Test func `denormals are flushed on threads that were never prepared`() async {
    let results = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask { Self.underflowIsZero() && Runtime.flushesDenormals }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(results == Array(repeating: true, count: 8))
    let outcome = await withCheckedContinuation { continuation in
      Thread { continuation.resume(returning: Self.underflowIsZero()) }.start()
    }
    #expect(outcome)
  }

  @Test func `the report names this libtorch, and a dtype that fits the processor`() throws {
    let info = Runtime.info
    #expect(info.torchVersion.hasPrefix("2."))
    #expect(info.threads >= 1)
    let multiplies = info.hasAMX || info.hasAVX512BF16 || info.hasArmBF16
    #expect(info.preferredDType == (multiplies ? "bfloat16" : "float32"))
    #expect(DType(name: info.preferredDType) == Runtime.preferredDType)
  }

  @Test func `the measured rate of a matrix product is that of a computer`() {
    let rate = Runtime.measureMatmul(.float32, size: 128, seconds: 0.02)
    #expect(rate > 0.01 && rate < 1e6)
  }

  @Test func `processor features are read from the flags`() {
    let features = ProcessorFeatures(
      cpuinfo: """
        processor\t: 0
        model name\t: Some Processor 9000
        flags\t\t: fpu avx512f avx512_bf16 amx_bf16 amx_tile
        """)
    #expect(features.name == "Some Processor 9000")
    #expect(features.hasAMX && features.hasAVX512 && features.hasAVX512BF16)
    let old = ProcessorFeatures(cpuinfo: "flags : fpu sse2 avx2 amx_bf16")
    #expect(!old.hasAMX && !old.hasAVX512 && !old.hasAVX512BF16)
    #expect(ProcessorFeatures(cpuinfo: "Features : fp asimd bf16").hasArmBF16)
  }
}
