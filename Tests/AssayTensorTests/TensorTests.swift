import AssayTensor
import Testing

@Suite struct TensorTests {
  @Test func `a product of matrices and its gradient have the right numbers`() {
    let a = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let b = Tensor([5, 6, 7, 8] as [Float], shape: [2, 2])
    a.requiresGrad = true
    let product = a.matmul(b)
    #expect(product.floats() == [19, 22, 43, 50])
    product.sum().backward()
    #expect(a.grad?.floats() == [11, 15, 11, 15])
  }

  @Test func `tensors tell their shape, dtype and elements`() {
    let tensor = Tensor.arange(6).reshape([2, 3])
    #expect(tensor.shape == [2, 3] && tensor.rank == 2 && tensor.count == 6)
    #expect(tensor.dim(-1) == 3 && tensor.dtype == .int64 && tensor.device == .cpu)
    #expect(tensor.ints() == [0, 1, 2, 3, 4, 5])
    #expect(tensor.description == "int64[2, 3] {0, 1, 2, 3, 4, 5}")
    #expect(Tensor.scalar(2.5).item() == 2.5 && Tensor.scalar(1).shape == [])
    #expect(Tensor.zeros([0, 3]).floats() == [] && Tensor.zeros([0, 3]).bytes().isEmpty)
    #expect(!tensor.T.isContiguous && tensor.T.contiguous().isContiguous)
    #expect(tensor.T.ints() == [0, 3, 1, 4, 2, 5])
  }

  @Test(arguments: DType.all)
  func `every dtype holds small numbers, and its bytes come back`(_ dtype: DType) {
    let tensor = Tensor([0, 1, 1, 0, 1] as [Float]).to(dtype: dtype)
    #expect(tensor.dtype == dtype && tensor.ints() == [0, 1, 1, 0, 1])
    let bytes = tensor.bytes()
    #expect(bytes.count == 5 * dtype.size)
    let back = bytes.withUnsafeBytes { Tensor(bytes: $0, shape: [5], dtype: dtype) }
    #expect(back.isEqual(to: tensor))
  }

  @Test func `integers stay integers beside whole numbers`() {
    let ids = Tensor([1, 2, 3])
    #expect((ids + 1).dtype == .int64 && (ids + 1).ints() == [2, 3, 4])
    #expect((ids * 0.5).dtype == .float32 && (5 - ids).ints() == [4, 3, 2])
    #expect(ids.remainder(2).ints() == [1, 0, 1] && ids.floorDivide(2).ints() == [0, 1, 1])
    #expect((6 / ids).floats() == [6, 3, 2])
  }

  @Test func `pieces join to the whole`() {
    let tensor = Tensor.arange(10).reshape([2, 5])
    let pieces = tensor.split(sizes: [2, 3], dim: 1)
    #expect(pieces.map(\.shape) == [[2, 2], [2, 3]])
    #expect(Tensor.cat(pieces, dim: 1).isEqual(to: tensor))
    #expect(tensor.chunk(3, dim: 1).map { $0.dim(1) } == [2, 2, 1])
    #expect(Tensor.stack([tensor[0], tensor[1]]).isEqual(to: tensor))
    #expect(tensor.select(1, index: -1).ints() == [4, 9])
    #expect(tensor[1..<2].shape == [1, 5])
    #expect(tensor.repeated([1, 2]).shape == [2, 10])
  }

  @Test func `writing into a view changes the whole`() {
    let cache = Tensor.zeros([2, 4])
    cache.narrow(1, start: 1, length: 2).copy_(Tensor([7] as [Float]))
    #expect(cache.floats() == [0, 7, 7, 0, 0, 7, 7, 0])
    cache.indexCopy_(0, index: Tensor([1]), source: Tensor.ones([1, 4]))
    #expect(cache[1].floats() == [1, 1, 1, 1])
    cache.add_(Tensor.ones([2, 4]), alpha: 2).mul_(10).clamp_(max: 25)
    #expect(cache.floats() == [20, 25, 25, 20, 25, 25, 25, 25])
    let copy = cache.clone()
    cache.zero_()
    #expect(copy[1].floats() == [25, 25, 25, 25])
  }

  @Test func `comparisons and logic`() {
    let a = Tensor([1, 2, 3] as [Float])
    #expect(a.gt(1.5).bools() == [false, true, true])
    #expect((a .== Tensor([1, 0, 3] as [Float])).bools() == [true, false, true])
    #expect(a.ge(2).logicalAnd(a.lt(3)).bools() == [false, true, false])
    #expect(a.le(1).logicalOr(a.eq(3)).logicalNot().bools() == [false, true, false])
    #expect(a.gt(0).all() && !a.gt(3).any() && a.allFinite)
    #expect(!(a / 0).allFinite && (a / 0 - a / 0).isNaN().all())
    #expect(a.reshape([3, 1]).eq(a).sum(1).ints() == [1, 1, 1])
    #expect(a.maskedSelect(a.ne(2)).floats() == [1, 3] && a.gt(1).nonzero().ints() == [1, 2])
  }

  @Test func `singular vectors put the matrix together again`() {
    let matrix = Tensor.randn([6, 4], generator: Generator(seed: 5))
    let (u, s, vh) = matrix.svd()
    #expect(u.shape == [6, 4] && s.shape == [4] && vh.shape == [4, 4])
    expectClose((u * s).matmul(vh), matrix, tolerance: 1e-5)
    let (q, r) = matrix.qr()
    expectClose(q.matmul(r), matrix, tolerance: 1e-5)
    expectClose(q.T.matmul(q), .eye(4), tolerance: 1e-5)
    let (values, vectors) = matrix.T.matmul(matrix).eigh()
    expectClose(values.flip(0), s.square(), tolerance: 1e-4)
    expectClose(vectors.T.matmul(vectors), .eye(4), tolerance: 1e-5)
    let solution = matrix.leastSquares(matrix.matmul(Tensor.ones([4, 1])))
    expectClose(solution, Tensor.ones([4, 1]), tolerance: 1e-4)
    #expect(matrix.svd(full: true).u.shape == [6, 6])
  }

  @Test func `draws follow the weights`() {
    let weights = Tensor([0, 1, 3] as [Float])
    let drawn = weights.multinomial(4000, generator: Generator(seed: 2), replacement: true)
    let shares = drawn.oneHot(3).to(dtype: .float32).mean(0).floats()
    #expect(shares[0] == 0 && abs(shares[1] - 0.25) < 0.03 && abs(shares[2] - 0.75) < 0.03)
    let again = weights.multinomial(4000, generator: Generator(seed: 2), replacement: true)
    #expect(again.isEqual(to: drawn))
  }
}
