import AssayTensor
import Testing

/// Programmer errors end the process with a message that names operation, shapes and reason.
@Suite struct MisuseTests {
  private func expect(_ result: ExitTest.Result?, names parts: String...) throws {
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    for part in parts { #expect(text.contains(part), "no '\(part)' in: \(text.prefix(600))") }
  }

  @Test func `a product of matrices that do not fit`() async throws {
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([2, 3]).matmul(Tensor.zeros([4, 5]))
      }, names: "matmul", "float32[2, 3]", "float32[4, 5]")
  }

  @Test func `a sum whose shapes do not broadcast`() async throws {
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([2, 3]) + Tensor.zeros([2, 4])
      }, names: "+:", "float32[2, 3]", "float32[2, 4]", "must match")
  }

  @Test func `a reshape to another number of elements`() async throws {
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([2, 3]).reshape([7])
      }, names: "reshape", "float32[2, 3]", "[7]")
  }

  @Test func `a linear layer with the wrong width`() async throws {
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.linear(Tensor.zeros([1, 3]), weight: Tensor.zeros([5, 4]))
      }, names: "linear", "float32[1, 3]", "float32[5, 4]")
  }

  @Test func `joining tensors of different widths`() async throws {
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.cat([Tensor.zeros([2, 3]), Tensor.zeros([2, 4])], dim: 0)
      }, names: "cat", "float32[2, 3]", "float32[2, 4]", "dimension 0")
  }

  @Test func `an id outside the embedding`() async throws {
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.embedding(Tensor([9]), weight: Tensor.zeros([4, 2]))
      }, names: "embedding", "int64[1]", "float32[4, 2]")
  }

  @Test func `values that do not fill the shape`() async throws {
    try expect(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor([1, 2, 3] as [Float], shape: [2, 2])
      }, names: "expected 4 values for shape [2, 2], got 3")
  }
}
