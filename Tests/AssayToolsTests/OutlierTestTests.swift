import AssayCore
import AssayTensor
import Foundation
import Testing

@testable import AssayTools

@Suite struct OutlierTestTests {
  @Test(arguments: [
    (1.0, 1, 0.25), (2.015, 5, 0.05), (2.776, 4, 0.025), (3.169, 10, 0.005), (-1.0, 1, 0.75),
    (12.924, 3, 0.0005),
  ])
  func `tails of Student's distribution are those of the tables`(
    _ t: Double, _ freedom: Int, _ p: Double
  ) {
    #expect(abs(OutlierTest.upperTail(t: t, freedom: freedom) - p) < 0.0002)
  }

  @Test func `sets without outliers are flagged no more often than said`() {
    var random = SplitMix64(seed: 7)
    var flagged = 0
    for _ in 0..<1000 {
      let values = (0..<200).map { _ in
        (0..<12).reduce(-6.0) { sum, _ in sum + Double(random.next() >> 11) * 0x1p-53 }
      }
      if OutlierTest(leading: values).p < 0.05 { flagged += 1 }
    }
    #expect(flagged < 65)
  }

  @Test func `what stands apart is found and counted`() {
    let values = (0..<200).map { Double(($0 * 37) % 200) / 100 }
    let one = OutlierTest(leading: values + [9])
    #expect(one.count == 1 && one.p < 1e-6)
    let three = OutlierTest(leading: values + [9, 8.9, 9.1])
    #expect(three.count == 3 && three.p < 1e-6)
    #expect(OutlierTest(leading: [1, 2, 3, 40]).p == 1, "four are too few to tell")
    let against = OutlierTest.against(others: [1, 1.1, 0.9, 1.05, 3])
    #expect(against[4] < 0.001 && against.dropLast().allSatisfy { $0 > 0.1 })
  }

  @Test func `noise has the median and the edge that theory gives`() {
    // The root of the median of the square case is known: 4 / √3 / 2.858 (Gavish and Donoho 2014).
    #expect(abs(Spectrum.medianOfNoise(1).squareRoot() - 4 / 3.0.squareRoot() / 2.858) < 0.002)
    let noise = Tensor.randn([300, 200], generator: Generator(seed: 3))
    let spectrum = Spectrum(noise)
    #expect(spectrum.aboveEdge <= 2)
    let spiked = Spectrum(noise + Tensor.ones([300, 200]) * 0.5)
    #expect(spiked.aboveEdge >= 1 && spiked.gap > 1 && spectrum.gap < 0.1)
    let exact = noise.singularValues().doubles()
    #expect(zip(exact, spectrum.values).allSatisfy { abs($0 - $1) < 1e-3 })
  }
}
