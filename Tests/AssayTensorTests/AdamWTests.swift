import AssayCore
import AssayTensor
import Foundation
import Testing

@Suite struct AdamWTests {
  struct Row: Codable { var loss, norm, rate: Double }
  struct Rows: Codable { var adamw: [Row] }

  private func loss(_ w: Tensor, _ b: Tensor, _ x: Tensor, _ y: Tensor) -> Tensor {
    (x.matmul(w) + b - y).square().mean() * 5
  }

  @Test func `twelve clipped and scheduled steps follow PyTorch's`() throws {
    let rows = try JSONDecoder().decode(
      Rows.self, from: Data(contentsOf: fixture("cases.json"))
    ).adamw
    let file = try SafetensorsFile(fixture("operations.safetensors"))
    let (x, y) = (try file.tensor("adamw.x"), try file.tensor("adamw.y"))
    let w = try file.tensor("adamw.start.w").clone()
    let b = try file.tensor("adamw.start.b").clone()
    w.requiresGrad = true
    b.requiresGrad = true
    let optimiser = AdamW(
      parameters: [w, b], learningRate: 0.1, betas: (0.9, 0.98), weightDecay: 0.1)
    let schedule = Schedule.warmupCosine(peak: 0.1, warmup: 4, total: 12, floor: 0.01)
    #expect(rows.count == 12)
    for (step, row) in rows.enumerated() {
      optimiser.learningRate = schedule.rate(step: step)
      #expect(abs(optimiser.learningRate - row.rate) < 1e-12)
      optimiser.zeroGrad()
      let loss = loss(w, b, x, y)
      #expect(abs(loss.item() - row.loss) < 1e-4 * row.loss)
      loss.backward()
      let norm = clipGradNorm([w, b], max: 1)
      #expect(abs(norm - row.norm) < 1e-4 * row.norm)
      optimiser.step()
      expectClose(w.detach(), try file.tensor("adamw.\(step).w"), "w after step \(step)")
      expectClose(b.detach(), try file.tensor("adamw.\(step).b"), "b after step \(step)")
    }
  }

  @Test func `a run resumed from its state ends bit for bit where the whole run ends`() throws {
    let generator = Generator(seed: 3)
    let x = Tensor.randn([16, 4], generator: generator)
    let y = Tensor.randn([16, 3], generator: generator)
    let start = Tensor.randn([4, 3], generator: generator)
    func train(_ w: Tensor, _ optimiser: AdamW, steps: Int) {
      for _ in 0..<steps {
        optimiser.zeroGrad()
        loss(w, Tensor.zeros([3]), x, y).backward()
        optimiser.step()
      }
    }
    func leaf(_ tensor: Tensor) -> Tensor {
      let copy = tensor.detach().clone()
      copy.requiresGrad = true
      return copy
    }
    let whole = leaf(start)
    train(whole, AdamW(parameters: [whole]), steps: 8)

    let first = leaf(start)
    let before = AdamW(parameters: [first])
    train(first, before, steps: 5)
    let state = before.state()
    train(first, before, steps: 1)
    let resumed = leaf(start)
    try withFolder { folder in
      // The state must be a snapshot: the step after it was taken does not show.
      try Safetensors.write(state, to: folder.appendingPathComponent("state.safetensors"))
      let again = leaf(start)
      train(again, AdamW(parameters: [again]), steps: 5)
      let after = AdamW(parameters: [resumed])
      withoutGrad { _ = resumed.copy_(again.detach()) }
      try after.load(
        state: SafetensorsFile(folder.appendingPathComponent("state.safetensors")).tensors())
      train(resumed, after, steps: 3)
    }
    #expect(resumed.detach().isEqual(to: whole.detach()))
  }

  @Test func `a state for other parameters is refused`() throws {
    let state = AdamW(parameters: [Tensor.zeros([2, 2])]).state()
    let other = AdamW(parameters: [Tensor.zeros([2, 3])])
    #expect(throws: AssayError.self) { try other.load(state: state) }
    #expect(throws: AssayError.self) { try other.load(state: [:]) }
  }

  @Test func `a parameter without a gradient stays as it is`() {
    let (used, unused) = (Tensor.ones([2]), Tensor.ones([2]))
    used.requiresGrad = true
    unused.requiresGrad = true
    let optimiser = AdamW(parameters: [used, unused], weightDecay: 0.5)
    used.sum().backward()
    optimiser.step()
    #expect(unused.floats() == [1, 1])
    #expect(used.floats().allSatisfy { $0 < 1 })
    optimiser.zeroGrad()
    #expect(used.grad == nil)
  }

  @Test func `a small gradient is not clipped and a large one is`() throws {
    let w = Tensor.zeros([2])
    w.grad = Tensor([0.3, 0.4] as [Float])
    #expect(abs(clipGradNorm([w], max: 1) - 0.5) < 1e-6)
    expectClose(try #require(w.grad), Tensor([0.3, 0.4] as [Float]))
    w.grad = Tensor([30, 40] as [Float])
    #expect(abs(clipGradNorm([w], max: 1) - 50) < 1e-4)
    expectClose(try #require(w.grad), Tensor([0.6, 0.8] as [Float]))
    #expect(clipGradNorm([Tensor.zeros([1])], max: 1) == 0)
  }

  @Test func `bfloat16 parameters are stepped as well`() {
    let w = Tensor.ones([40], dtype: .bfloat16)
    w.requiresGrad = true
    (w * 2).sum().backward()
    AdamW(parameters: [w], learningRate: 0.5, weightDecay: 0).step()
    #expect(w.detach().floats().allSatisfy { abs($0 - 0.5) < 0.01 })
  }

  @Test func `schedules start, peak and end where they say`() {
    let cosine = Schedule.warmupCosine(peak: 2, warmup: 10, total: 110, floor: 0.2)
    #expect(abs(cosine.rate(step: 0) - 0.2) < 1e-12)
    #expect(cosine.rate(step: 10) == 2)
    #expect(abs(cosine.rate(step: 60) - 1.1) < 1e-12)
    #expect(abs(cosine.rate(step: 500) - 0.2) < 1e-12)
    let linear = Schedule.linear(peak: 1, warmup: 0, total: 4)
    #expect((0...5).map(linear.rate(step:)) == [1, 0.75, 0.5, 0.25, 0, 0])
    #expect(Schedule.constant(0.3).rate(step: 99) == 0.3)
  }
}
