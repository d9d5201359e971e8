import AssayCore
import Testing

@Suite struct SplitMix64Tests {
  @Test func `the sequence agrees with the reference implementation`() {
    var generator = SplitMix64(seed: 1_234_567)
    // First outputs of the reference C code for seed 1234567.
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
    #expect(generator.next() == 9_817_491_932_198_370_423)
  }

  @Test func `numbers below a bound cover the range evenly`() {
    var generator = SplitMix64(seed: 3)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<7000 { counts[generator.below(7)] += 1 }
    #expect(counts.allSatisfy { (850...1150).contains($0) })
  }

  @Test func `units lie between zero and one`() {
    var generator = SplitMix64(seed: 4)
    let units = (0..<2000).map { _ in generator.unit() }
    #expect(units.allSatisfy { (0..<1).contains($0) })
    #expect(abs(units.reduce(0, +) / 2000 - 0.5) < 0.03)
  }

  @Test func `forks depend on their label and leave the parent alone`() {
    let parent = SplitMix64(seed: 9)
    var first = parent.fork("a")
    var second = parent.fork("b")
    var again = parent.fork("a")
    let value = first.next()
    #expect(value == again.next())
    #expect(value != second.next())
    #expect(parent == SplitMix64(seed: 9))
  }

  @Test func `a shuffle keeps every element`() {
    var generator = SplitMix64(seed: 5)
    let shuffled = generator.shuffled(0..<50)
    #expect(shuffled != Array(0..<50))
    #expect(shuffled.sorted() == Array(0..<50))
  }

  @Test func `text hashes are fixed for ever`() {
    #expect(StableHash.of("") != StableHash.of("a"))
    #expect(StableHash.of("country.capital") == StableHash.of("country.capital"))
    // Computed independently with Python integers.
    #expect(StableHash.of("assay") == 0xd753dac39cc9122f)
  }
}
