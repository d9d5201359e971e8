import AssayTensor

/// What the machine's matrix product can do, which utilisation is measured against.
enum Peak {
  /// The best of products of two square matrices of `length` rows, by the product that models use.
  ///
  /// Measured against libtorch's own product, a kernel of ours could show more than 100 %.
  static func measure(_ work: Plan.Case) -> Plan.Timing {
    let n = work.length
    let generator = Generator(seed: 1)
    let (a, b) = (
      Tensor.randn([n, n], generator: generator).to(dtype: work.computed),
      Tensor.randn([n, n], generator: generator).to(dtype: work.computed)
    )
    let times = Bench.repeated(work.seconds) { withInference { _ = Tensor.linear(a, weight: b) } }
    let operations = 2 * Double(n) * Double(n) * Double(n)
    return Plan.Timing(
      seconds: times, operationsPerSecond: times.min().map { operations / $0 })
  }
}
