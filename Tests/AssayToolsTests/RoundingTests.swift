import Testing

@testable import AssayTools

@Suite struct RoundingTests {
  @Test func `a number in words is whole, and what is none has words too`() {
    #expect(2.6.wholeText == "3")
    #expect((-0.2).wholeText == "0")
    #expect(Double.nan.wholeText == "nan")
    #expect(Double.infinity.wholeText == "inf")
    #expect(1e300.wholeText == "1e+300")
  }
}
