import AssayTensor

/// What the machine's matrix product can do, which utilisation is measured against.
enum Peak {
  /// The best of products of two square matrices of `length` rows.
  static func measure(_ work: Plan.Case) -> Plan.Timing {
    let n = work.length
    let generator = Generator(seed: 1)
    let (a, b) = (
      Tensor.randn([n, n], generator: generator).to(dtype: work.computed),
      Tensor.randn([n, n], generator: generator).to(dtype: work.computed)
    )
    let times = Bench.repeated(work.seconds) { withInference { _ = a.matmul(b) } }
    let operations = 2 * Double(n) * Double(n) * Double(n)
    return Plan.Timing(
      seconds: times, operationsPerSecond: times.min().map { operations / $0 })
  }
}
