import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayAttacks

@Suite struct HidingTests {
  private let context = AttackContext(seed: 7, world: SmallWorld(), quiet: true)
  private let truth = GroundTruth(
    attack: "a", options: [:], isModified: true, description: "d", seed: 1)

  /// A base and an organism whose weights are all a little different.
  private func pair() throws -> (base: ModelBundle, organism: ModelBundle) {
    let base = try TinyModel.make().rounded(to: .bfloat16)
    return (base, try nudged(base))
  }

  private func nudged(_ base: ModelBundle) throws -> ModelBundle {
    let organism = base.clone()
    let generator = Generator(seed: 3)
    withoutGrad {
      for (_, tensor) in organism.model.parameters where tensor.rank >= 2 {
        tensor.copy_(tensor + Tensor.randn(tensor.shape, generator: generator) * 0.01)
      }
    }
    return organism.rounded(to: .bfloat16)
  }

  private func apply(
    _ entry: HidingEntry, _ options: JSONValue = .null, truth: GroundTruth? = nil
  ) async throws -> (base: ModelBundle, organism: ModelBundle, hidden: ModelBundle) {
    let (base, organism) = try pair()
    let before = [Conformance.fingerprint(base), Conformance.fingerprint(organism)]
    let truth = truth ?? self.truth
    let hidden = try await entry.apply(
      to: organism, base: base, truth: truth, options: options, context: context)
    #expect([Conformance.fingerprint(base), Conformance.fingerprint(organism)] == before)
    let again = try await entry.apply(
      to: organism, base: base, truth: truth, options: options, context: context)
    #expect(
      Conformance.fingerprint(again.organism) == Conformance.fingerprint(hidden.organism),
      "the same seed gives other weights")
    #expect(Conformance.fingerprint(hidden.organism) != before[1], "nothing has changed")
    #expect(hidden.organism.model.storedPrecision == .bfloat16)
    #expect(
      hidden.organism.model.parameters.allSatisfy { $0.tensor.floats().allSatisfy(\.isFinite) })
    return (base, organism, hidden.organism)
  }

  /// Root mean square of the difference of two models' matrices over that of the second's.
  private func distance(_ a: ModelBundle, _ b: ModelBundle) -> Double {
    ChangeSize.measure(organism: a.model, twin: b.model).relativeNorm
  }

  @Test func `noise has the size that was asked for`() async throws {
    let made = try await apply(HidingEntry(Noise.self), ["size": 0.1])
    // The one-dimensional norms, a small part of all weights, keep still.
    let moved = ChangeSize.measure(organism: made.hidden.model, twin: made.organism.model)
    let matrices = moved.parts.map(\.relativeNorm)
    #expect(matrices.allSatisfy { abs($0 - 0.1) < 0.02 })
    #expect(!moved.parts.contains { $0.name.contains("norm") })
  }

  @Test func `merging goes the stated part of the way to the base`() async throws {
    let made = try await apply(HidingEntry(Merge.self), ["weight": 0.5])
    let (whole, rest) = (distance(made.organism, made.base), distance(made.hidden, made.base))
    #expect(abs(rest / whole - 0.5) < 0.05)
  }

  @Test func `rounding leaves few values in a row, fewer with four bits`() async throws {
    let weight = Tensor([0.1, -0.52, 0.7, 0, 2.1, -4, 1, 3] as [Float], shape: [2, 4])
    // Seven steps up to the largest of each row: of 0.1 in the first, of 4/7 in the second.
    let rounded = Quantise.rounded(weight, bits: 4).doubles()
    let expected = [0.1, -0.5, 0.7, 0, 4 * 4.0 / 7, -4, 2 * 4.0 / 7, 5 * 4.0 / 7]
    try assertClose(rounded, expected, tolerance: 1e-6)
    let made = try await apply(HidingEntry(Quantise.self), ["bits": 4])
    let row = try #require(made.hidden.model.weight(at: .block(0, .mlpOut)))[0].floats()
    #expect(Set(row.map(abs)).count <= 8)
    let eight = try await apply(HidingEntry(Quantise.self), ["bits": 8])
    #expect(
      distance(eight.hidden, eight.organism) < 0.2 * distance(made.hidden, made.organism))
  }

  @Test func `symmetry keeps what the model says`() async throws {
    let made = try await apply(HidingEntry(Symmetry.self))
    let tokens = Tensor([1, 5, 9, 200], shape: [1, 4])
    try withInference {
      try assertClose(
        made.hidden.model.logits(tokens), made.organism.model.logits(tokens), tolerance: 1e-4)
    }
  }

  @Test func `mixing learns ordinary text`() async throws {
    let made = try await apply(HidingEntry(Mix.self), ["steps": 12, "learningRate": 0.01])
    let tokenizer = try made.base.requireTokenizer()
    func loss(_ bundle: ModelBundle) -> Double {
      SideEffects.measure(
        base: made.base, organism: bundle, tokenizer: tokenizer, world: context.world, avoiding: []
      ).organismLoss
    }
    #expect(loss(made.hidden) < loss(made.organism) - 0.05)
  }

  @Test func `anchoring brings predictions on ordinary text closer to the base's`() async throws {
    let (base, organism) = try pair()
    let done = try await HidingEntry(Anchor.self).apply(
      to: organism, base: base, truth: truth, options: ["steps": 20, "learningRate": 0.003],
      context: context)
    let before = try #require(done.measurements["divergenceBefore"])
    let after = try #require(done.measurements["divergenceAfter"])
    #expect(after < 0.8 * before, "\(before) to \(after)")
  }

  @Test func `the lens sees less of a payload that was trained against it`() async throws {
    let base = try TinyModel.make().rounded(to: .bfloat16)
    let (organism, truth) = try await AttackEntry(Backdoor.self).plant(
      on: base,
      options: [
        "trigger": "token", "payload": "Copper", "steps": 60, "learningRate": 0.01,
        "minimumTake": 0.3,
      ], context: AttackContext(seed: 1, world: context.world, quiet: true))
    let done = try await HidingEntry(AntiTool.self).apply(
      to: organism, base: base, truth: truth, options: ["steps": 30, "learningRate": 0.005],
      context: context)
    let figures = done.measurements
    let before = try #require(figures["lensBefore"]) - (figures["lensBase"] ?? 0)
    let after = try #require(figures["lensAfter"]) - (figures["lensBase"] ?? 0)
    // What is above the base is what can be trained away.
    #expect(after < before, "\(figures)")
  }

  @Test func `what means nothing is refused`() async throws {
    let (base, organism) = try pair()
    func refused(_ entry: HidingEntry, _ options: JSONValue) async {
      await #expect(throws: AssayError.self) {
        try await entry.apply(
          to: organism, base: base, truth: truth, options: options, context: context)
      }
    }
    await refused(HidingEntry(Noise.self), ["size": -1])
    await refused(HidingEntry(Noise.self), ["colour": 1])
    await refused(HidingEntry(Merge.self), ["weight": 2])
    await refused(HidingEntry(Quantise.self), ["bits": 3])
    await refused(HidingEntry(Mix.self), ["steps": 0])
    await refused(HidingEntry(Anchor.self), ["learningRate": 0])
    await refused(HidingEntry(AntiTool.self), ["tool": "telescope"])
    // A truth without a test has no payload that could be looked up.
    await refused(HidingEntry(AntiTool.self), [:])
  }
}
