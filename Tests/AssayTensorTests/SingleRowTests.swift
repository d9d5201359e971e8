import Testing

@testable import AssayTensor

/// The product of a matrix with one row, which has a kernel of its own, against the general one.
@Suite struct SingleRowTests {
  @Test(arguments: [(1, 1), (3, 5), (4, 16), (7, 33), (130, 257), (1024, 300)])
  func `one row gives what it gives among others`(rows: Int, columns: Int) {
    let generator = Generator(seed: UInt64(rows))
    let weight = Tensor.randn([rows, columns], generator: generator)
    let bias = Tensor.randn([rows], generator: generator)
    let x = Tensor.randn([2, columns], generator: generator)
    let row = x.narrow(0, start: 1, length: 1)
    for offset in [nil, bias] {
      let among = Tensor.linear(x, weight: weight, bias: offset).narrow(0, start: 1, length: 1)
      let alone = Tensor.linear(row, weight: weight, bias: offset)
      #expect(alone.shape == [1, rows])
      #expect(alone.isClose(to: among, relative: 1e-5, absolute: 1e-4))
      let deep = Tensor.linear(row.reshape([1, 1, columns]), weight: weight, bias: offset)
      #expect(deep.shape == [1, 1, rows])
      #expect(deep.reshape([1, rows]).isEqual(to: alone))
    }
  }

  @Test func `a transposed weight and a row with gaps are products like any other`() {
    let generator = Generator(seed: 5)
    let weight = Tensor.randn([12, 9], generator: generator)
    let turned = Tensor.linear(
      Tensor.ones([1, 12]), weight: weight.transpose(0, 1))
    #expect(turned.isClose(to: weight.sum(0).reshape([1, 9]), relative: 1e-5, absolute: 1e-5))
    let wide = Tensor.randn([1, 18], generator: generator).reshape([9, 2])
    let gaps = wide.narrow(1, start: 0, length: 1).transpose(0, 1)  // [1, 9], every second element
    let packed = gaps.contiguous()
    let expected = (weight * packed).sum(-1).reshape([1, 12])
    #expect(
      Tensor.linear(gaps, weight: weight).isClose(to: expected, relative: 1e-5, absolute: 1e-5))
  }

  @Test func `gradients still flow`() throws {
    let weight = Tensor.randn([4, 3], generator: Generator(seed: 2))
    weight.requiresGrad = true
    Tensor.linear(Tensor([1, 2, 3] as [Float], shape: [1, 3]), weight: weight).sum().backward()
    let gradient = try #require(weight.grad)
    #expect(gradient.floats() == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
  }
}
