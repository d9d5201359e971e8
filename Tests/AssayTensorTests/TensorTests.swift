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
}
