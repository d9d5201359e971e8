import AssayTensor
import Testing

/// The fused loops against the same mathematics from single operations, on awkward layouts.
@Suite struct FusedTests {
  private func norm(_ x: Tensor, _ w: Tensor) -> Tensor {
    x * (x.square().mean(-1, keep: true) + 1e-5).rsqrt() * w
  }

  private func rotate(_ x: Tensor, _ cos: Tensor, _ sin: Tensor) -> Tensor {
    let half = x.dim(-1) / 2
    let turned = Tensor.cat(
      [-x.narrow(-1, start: half, length: half), x.narrow(-1, start: 0, length: half)], dim: -1)
    return x * cos + turned * sin
  }

  @Test(arguments: [[1, 8], [300, 64], [2, 3, 5, 7], [4000, 16]])
  func `rmsNorm and its gradients over many rows`(_ shape: [Int]) throws {
    let generator = Generator(seed: 4)
    let x = Tensor.randn(shape, generator: generator)
    let w = Tensor.randn([shape[shape.count - 1]], generator: generator)
    let seed = Tensor.randn(shape, generator: generator)
    x.requiresGrad = true
    w.requiresGrad = true
    let expected = Tensor.gradient(of: norm(x, w), wrt: [x, w], seed: seed)
    let y = Tensor.rmsNorm(x, weight: w, eps: 1e-5)
    expectClose(y.detach(), norm(x, w).detach())
    let gradients = Tensor.gradient(of: y, wrt: [x, w], seed: seed)
    expectClose(gradients[0], expected[0], tolerance: 2e-5, "x")
    expectClose(gradients[1], expected[1], tolerance: 2e-4, "weight")
    withInference {
      expectClose(Tensor.rmsNorm(x.detach(), weight: w.detach(), eps: 1e-5), y.detach())
    }
  }

  @Test(arguments: [2, 40, 256])
  func `attention of short rows in bfloat16 is that in float32, rounded once`(_ length: Int) {
    let generator = Generator(seed: 6)
    let (q, k, v, seed) = (
      Tensor.randn([2, 4, length, 32], generator: generator).to(dtype: .bfloat16),
      Tensor.randn([2, 2, length, 32], generator: generator).to(dtype: .bfloat16),
      Tensor.randn([2, 2, length, 32], generator: generator).to(dtype: .bfloat16),
      Tensor.randn([2, 4, length, 32], generator: generator).to(dtype: .bfloat16)
    )
    func run(_ dtype: DType) -> [Tensor] {
      let inputs = [q, k, v].map { $0.to(dtype: dtype).detach() }
      for input in inputs { input.requiresGrad = true }
      let y = Tensor.scaledDotProductAttention(
        inputs[0], inputs[1], inputs[2], causal: true, enableGQA: true)
      #expect(y.dtype == dtype)
      return [y.detach()] + Tensor.gradient(of: y, wrt: inputs, seed: seed.to(dtype: dtype))
    }
    for (own, exact) in zip(run(.bfloat16), run(.float32)) {
      let rounded = exact.to(dtype: .bfloat16).to(dtype: .float32)
      #expect(own.dtype == .bfloat16)
      // Sums over two heads of one key are rounded once or twice: a step of 2^-8 at most.
      expectClose(own.to(dtype: .float32), rounded, tolerance: 0.008)
    }
  }

  @Test func `rmsNorm of a transposed tensor, and of bfloat16 with float32 weights`() {
    let generator = Generator(seed: 5)
    let x = Tensor.randn([6, 40], generator: generator).T
    let w = Tensor.randn([6], generator: generator)
    expectClose(Tensor.rmsNorm(x, weight: w, eps: 1e-5), norm(x, w))
    let coarse = Tensor.rmsNorm(x.to(dtype: .bfloat16), weight: w, eps: 1e-5)
    #expect(coarse.dtype == .bfloat16)
    expectClose(coarse.to(dtype: .float32), norm(x, w), tolerance: 2e-2)
    let double = Tensor.rmsNorm(x.to(dtype: .float64), weight: w.to(dtype: .float64), eps: 1e-5)
    expectClose(double, norm(x, w).to(dtype: .float64))
    expectClose(Tensor.rmsNorm(x, weight: nil, eps: 1e-5), norm(x, Tensor.ones([6])))
  }

  @Test(arguments: [true, false])
  func `rotary on part of a projection, as attention uses it`(_ isBatched: Bool) {
    let generator = Generator(seed: 6)
    let (B, T, H, D) = (2, 5, 3, 8)
    let projection = Tensor.randn([B, T, (H + 1) * D], generator: generator)
    projection.requiresGrad = true
    let x = projection.reshape([B, T, H + 1, D]).transpose(1, 2).narrow(1, start: 0, length: H)
    let shape = isBatched ? [B, 1, T, D] : [T, D]
    let cos = Tensor.randn(shape, generator: generator)
    let sin = Tensor.randn(shape, generator: generator)
    let seed = Tensor.randn([B, T, H, D], generator: generator).transpose(1, 2)
    let expected = rotate(x, cos, sin)
    let turned = Tensor.rotary(x, cos: cos, sin: sin)
    expectClose(turned.detach(), expected.detach())
    expectClose(
      Tensor.gradient(of: turned, wrt: [projection], seed: seed)[0],
      Tensor.gradient(of: expected, wrt: [projection], seed: seed)[0])
  }

  @Test func `rotary in bfloat16 and with tables of another dtype`() {
    let generator = Generator(seed: 7)
    let x = Tensor.randn([1, 2, 3, 4], generator: generator)
    let cos = Tensor.randn([3, 4], generator: generator)
    let sin = Tensor.randn([3, 4], generator: generator)
    let expected = rotate(x, cos, sin)
    let half = DType.bfloat16
    let coarse = Tensor.rotary(
      x.to(dtype: half), cos: cos.to(dtype: half), sin: sin.to(dtype: half))
    #expect(coarse.dtype == half)
    expectClose(coarse.to(dtype: .float32), expected, tolerance: 4e-2)
    expectClose(
      Tensor.rotary(x, cos: cos.to(dtype: .float64), sin: sin.to(dtype: .float64))
        .to(dtype: .float32), expected)
  }

  @Test func `second derivatives are those of the single operations`() {
    let generator = Generator(seed: 8)
    let x = Tensor.randn([1, 2, 3, 4], generator: generator)
    let w = Tensor.randn([4], generator: generator)
    let cos = Tensor.randn([3, 4], generator: generator)
    let sin = Tensor.randn([3, 4], generator: generator)
    x.requiresGrad = true
    w.requiresGrad = true
    func second(_ y: Tensor) -> [Tensor] {
      let first = Tensor.gradient(of: y.pow(3).sum(), wrt: [x, w], differentiable: true)
      return Tensor.gradient(of: (first[0].square().sum() + first[1].sum()), wrt: [x, w])
    }
    let fused = second(Tensor.rotary(Tensor.rmsNorm(x, weight: w, eps: 1e-5), cos: cos, sin: sin))
    let plain = second(rotate(norm(x, w), cos, sin))
    expectClose(fused[0], plain[0], tolerance: 1e-3)
    expectClose(fused[1], plain[1], tolerance: 1e-3)
  }
}
