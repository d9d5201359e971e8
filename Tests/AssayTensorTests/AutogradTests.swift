import AssayTensor
import Foundation
import Testing

@Suite struct AutogradTests {
  private func leaf(_ values: [Float]) -> Tensor {
    let tensor = Tensor(values)
    tensor.requiresGrad = true
    return tensor
  }

  @Test func `gradients add up until they are dropped`() throws {
    let x = leaf([1, 2])
    x.square().sum().backward()
    x.square().sum().backward()
    #expect(x.grad?.floats() == [4, 8])
    x.zeroGrad()
    #expect(x.grad == nil)
  }

  @Test func `nothing is recorded without gradients, and recording comes back afterwards`() {
    struct Stop: Error {}
    let x = leaf([3])
    let product = withoutGrad { x * 2 }
    #expect(!product.requiresGrad)
    #expect(throws: Stop.self) { try withoutGrad { throw Stop() } }
    withoutGrad { withoutGrad {} }
    #expect((x * 2).requiresGrad)
    let inferred = withInference { x * 2 }
    #expect(!inferred.requiresGrad && inferred.floats() == [6])
    #expect((x * 2).requiresGrad)
  }

  @Test func `gradients of single inputs leave no trace, and unused ones are zero`() {
    let (x, y, z) = (leaf([2]), leaf([5]), leaf([7, 7]))
    let gradients = Tensor.gradient(of: (x * x * y).sum(), wrt: [x, y, z])
    #expect(gradients.map { $0.floats() } == [[20], [4], [0, 0]])
    #expect(x.grad == nil)
  }

  @Test func `second derivatives`() {
    let x = leaf([2])
    let first = Tensor.gradient(of: x.pow(3).sum(), wrt: [x], differentiable: true)[0]
    #expect(Tensor.gradient(of: first.sum(), wrt: x).floats() == [12])
  }

  @Test func `gradients flow through casts, joins and views, and stop at detach`() {
    let x = leaf([1, 2, 3, 4])
    let joined = Tensor.cat([x[0..<2].to(dtype: .bfloat16), x[2..<4].to(dtype: .bfloat16)], dim: 0)
    (joined.to(dtype: .float32) * Tensor([1, 2, 3, 4] as [Float])).sum().backward()
    #expect(x.grad?.floats() == [1, 2, 3, 4])
    #expect(!x.detach().requiresGrad)
    let doubled = Tensor.castList([x, x], to: .float64)
    #expect(doubled.allSatisfy { $0.dtype == .float64 && $0.requiresGrad })
  }

  @Test func `memory of dropped tensors is given back`() throws {
    func resident() throws -> Int {
      let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      return try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * 4096
    }
    guard FileManager.default.fileExists(atPath: "/proc/self/statm") else { return }
    let before = try resident()
    var sum = 0.0
    for _ in 0..<200 { sum += Tensor.ones([1 << 20]).sum().item() }  // 800 MB in all
    #expect(sum == Double(200 << 20))
    #expect(try resident() - before < 400 << 20)
  }
}
