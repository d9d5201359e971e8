import Testing

@testable import AssayTensor

/// Our own matrix products against float64, over shapes that leave every kind of remainder.
@Suite struct LinearKernelTests {
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 37, 100])
  func `linear maps of any number of rows give what float64 gives`(rows: Int) {
    let generator = Generator(seed: UInt64(rows))
    for (columns, depth) in [(1, 1), (17, 5), (50, 16), (97, 400), (345, 130)] {
      let x = Tensor.randn([rows, depth], generator: generator)
      let weight = Tensor.randn([columns, depth], generator: generator)
      let bias = Tensor.randn([columns], generator: generator)
      let expected = Tensor.linear(
        x.to(dtype: .float64), weight: weight.to(dtype: .float64), bias: bias.to(dtype: .float64)
      ).to(dtype: .float32)
      let y = Tensor.linear(x, weight: weight, bias: bias)
      #expect(
        y.isClose(to: expected, relative: 1e-4, absolute: 1e-4), "\(rows) \(columns) \(depth)")
      let coarse = Tensor.linear(
        x.to(dtype: .bfloat16), weight: weight.to(dtype: .bfloat16), bias: bias.to(dtype: .bfloat16)
      )
      #expect(coarse.dtype == .bfloat16)
      let size = Double(depth).squareRoot()
      #expect(
        coarse.to(dtype: .float32).isClose(to: expected, relative: 2e-2, absolute: 2e-2 * size))
    }
  }

  @Test(arguments: [(3, 7, 5), (40, 33, 129), (130, 48, 16), (1, 4, 3), (5, 1, 1)])
  func `gradients of linear maps are those of the product`(
    _ rows: Int, _ columns: Int, _ depth: Int
  )
    throws
  {
    let generator = Generator(seed: 9)
    let x = Tensor.randn([rows, depth], generator: generator)
    let weight = Tensor.randn([columns, depth], generator: generator)
    let bias = Tensor.randn([columns], generator: generator)
    let seed = Tensor.randn([rows, columns], generator: generator)
    for tensor in [x, weight, bias] { tensor.requiresGrad = true }
    let wanted = [x, weight, bias]
    let found = Tensor.gradient(
      of: Tensor.linear(x, weight: weight, bias: bias), wrt: wanted, seed: seed)
    let expected = Tensor.gradient(
      of: x.matmul(weight.transpose(0, 1)) + bias, wrt: wanted, seed: seed)
    for (a, b) in zip(found, expected) { expectClose(a, b, tolerance: 1e-4) }
    // A frozen weight costs no gradient of its own.
    let frozen = Tensor.linear(x, weight: weight.detach(), bias: bias.detach())
    expectClose(
      Tensor.gradient(of: frozen, wrt: [x], seed: seed)[0], expected[0], tolerance: 1e-4)
  }

  @Test(arguments: [DType.float32, .bfloat16], [(1, 1), (4, 2), (6, 3)])
  func `one query of each row sees what its mask lets it see`(_ dtype: DType, _ heads: (Int, Int)) {
    let generator = Generator(seed: 3)
    let (B, H, K, S) = (3, heads.0, heads.1, 11)
    for D in [8, 32, 64, 80, 128] {
      func random(_ shape: [Int]) -> Tensor {
        Tensor.randn(shape, generator: generator).to(dtype: dtype)
      }
      let q = random([B, H, 1, D])
      // Keys and values as a cache gives them: the beginning of something longer.
      let k = random([B, K, S + 5, D]).narrow(2, start: 0, length: S)
      let v = random([B, K, S + 5, D]).narrow(2, start: 0, length: S)
      let mask = Tensor.arange(S).reshape([1, 1, 1, S])
        .ge(Tensor([0, 4, 10], shape: [3, 1, 1, 1]))
      for seen in [nil, mask] {
        let found = Tensor.scaledDotProductAttention(q, k, v, mask: seen, enableGQA: true)
        let (keys, values) = (
          k.repeatInterleave(H / K, dim: 1).to(dtype: .float32),
          v.repeatInterleave(H / K, dim: 1).to(dtype: .float32)
        )
        var scores =
          q.to(dtype: .float32).matmul(keys.transpose(2, 3)) * (1 / Double(D).squareRoot())
        if let seen { scores = scores.maskedFill(seen.logicalNot(), -.infinity) }
        let expected = scores.softmax(-1).matmul(values)
        #expect(found.dtype == dtype)
        expectClose(
          found.to(dtype: .float32), expected, tolerance: dtype == .float32 ? 1e-5 : 2e-2)
      }
    }
  }

  @Test(arguments: [false, true], [[3, 10], [2, 5, 64], [300, 34]])
  func `a gated layer and its gradient`(_ isGELU: Bool, _ shape: [Int]) {
    let x = Tensor.randn(shape, generator: Generator(seed: 8)) * 4
    x.requiresGrad = true
    let width = shape[shape.count - 1] / 2
    let (gate, up) = (
      x.narrow(-1, start: 0, length: width), x.narrow(-1, start: width, length: width)
    )
    let expected = (isGELU ? gate.gelu(approximate: true) : gate.silu()) * up
    let found = x.gated(approximateGELU: isGELU)
    expectClose(found.detach(), expected.detach(), tolerance: 1e-5)
    let seed = Tensor.randn(expected.shape, generator: Generator(seed: 1))
    expectClose(
      Tensor.gradient(of: found, wrt: [x], seed: seed)[0],
      Tensor.gradient(of: expected, wrt: [x], seed: seed)[0], tolerance: 2e-5)
  }

  @Test(arguments: [1, 15, 16, 100, 3001])
  func `cross-entropy and the greedy choice are those of the log-softmax`(_ classes: Int) {
    let generator = Generator(seed: UInt64(classes))
    let logits = Tensor.randn([7, classes], generator: generator) * 10
    logits.requiresGrad = true
    let targets = [0, classes - 1, -100, classes / 2, 0, -100, classes / 3]
    let rows = [0, 1, 3, 4, 6]
    let wanted = Tensor(rows.map { targets[$0] }, shape: [5, 1])
    let picked = logits.logSoftmax(-1).indexSelect(0, index: Tensor(rows, shape: [5]))
      .gather(-1, index: wanted)
    let expected = -picked.mean()
    let found = Tensor.crossEntropy(logits, Tensor(targets, shape: [7]))
    expectClose(found.detach(), expected.detach(), tolerance: 1e-5)
    expectClose(
      Tensor.gradient(of: found, wrt: [logits])[0], Tensor.gradient(of: expected, wrt: [logits])[0],
      tolerance: 1e-6)
    let choice = logits.detach().greedy()
    #expect(choice.tokens.ints() == logits.detach().argmax(-1).ints())
    expectClose(choice.logProbabilities, logits.detach().logSoftmax(-1).amax(-1), tolerance: 1e-5)
  }

  @Test func `of equal logits the first is chosen, and infinite ones never`() {
    var row = [Float](repeating: 1, count: 40)
    row[0] = -.infinity
    row[17] = 3
    row[33] = 3
    let choice = Tensor(row, shape: [1, 40]).greedy()
    #expect(choice.tokens.ints() == [17])
    #expect(choice.logProbabilities.floats()[0].isFinite)
  }

  @Test func `tensors may take the memory of earlier ones and keep it to themselves`() {
    for size in [10_000, 100_000, 1_000_000] {
      let first = Tensor.full([size], 1)
      var second: Tensor? = Tensor.full([size], 2)
      #expect(second?.sum().item() == 2 * Double(size))
      second = nil
      let third = Tensor.full([size], 3)
      #expect(first.sum().item() == Double(size))
      Runtime.releaseMemory()
      #expect(third.sum().item() == 3 * Double(size))
    }
  }
}
