import Testing

@testable import AssayCore

@Suite struct ProgressTests {
  @Test func `a line shows share, rate and time left`() {
    let line = Progress.line(
      label: "plant", done: 34, total: 120, unit: "", seconds: 2.764, note: nil)
    #expect(line == "plant 34/120 28% 12.3/s ETA 0:07")
  }

  @Test func `units and notes are shown, long waits in hours`() {
    let line = Progress.line(
      label: "train", done: 500, total: 10_000_000, unit: "tokens", seconds: 1, note: "loss 2.31")
    #expect(
      line == "train 500/10000000 0% 500 tokens/s ETA 5:33:19 loss 2.31"
        || line == "train 500/10000000 0% 500 tokens/s ETA 5:33:20 loss 2.31")
  }

  @Test func `an unknown end shows no share`() {
    let line = Progress.line(
      label: "stream", done: 3, total: 0, unit: "documents", seconds: 2, note: nil)
    #expect(line == "stream 3 1.5 documents/s")
  }
}
