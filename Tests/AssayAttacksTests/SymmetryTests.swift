import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Foundation
import Testing

@testable import AssayAttacks

@Suite struct SymmetryTests {
  /// Tiny checkpoints of every family, which the tests of models compare with transformers.
  private static let families = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("AssayModelsTests/Fixtures/families", isDirectory: true)

  static let cases =
    ((try? FileManager.default.contentsOfDirectory(atPath: families.path)) ?? []).sorted()

  private let context = AttackContext(seed: 5, world: SmallWorld(), quiet: true)

  private func logits(_ bundle: ModelBundle) -> Tensor {
    let vocabulary = bundle.model.configuration.vocabularySize
    let tokens = Tensor((0..<32).map { ($0 * 7 + 3) % vocabulary }, shape: [2, 16])
    return withInference { bundle.model.logits(tokens) }
  }

  @Test func `there is a checkpoint of each family`() {
    #expect(Self.cases.count >= 14)
  }

  @Test(arguments: cases, [false, true])
  func `logits stay the same in every family, and weights do not`(
    _ name: String, _ rotate: Bool
  ) throws {
    var base = try ModelBundle.load(Self.families.appendingPathComponent(name))
    if rotate {
      // Thirds need float32, in which a full rotation is exact to 1e-7.
      base = base.clone()
      withoutGrad { _ = base.model.parameters[0].tensor.mul_(1 / 3.0) }
    }
    let before = Conformance.fingerprint(base)
    var options = Symmetry.Options()
    options.rotate = rotate
    let turned = try Symmetry.transformed(base, options: options, context: context)
    #expect(Conformance.fingerprint(base) == before)
    try assertClose(logits(turned), logits(base), tolerance: 1e-4)
    for layer in 0..<base.model.configuration.layers {
      for part in [WeightPlace.Part.queryKeyValue, .attentionOut, .mlpIn, .mlpOut] {
        let place = WeightPlace.block(layer, part)
        let old = try #require(base.model.weight(at: place))
        let new = try #require(turned.model.weight(at: place))
        #expect(!old.isEqual(to: new), "\(place) is as it was")
      }
    }
  }

  @Test func `signed reorderings and powers of two are exact in bfloat16`() throws {
    let tiny = try TinyModel.make()
    let base = tiny.rounded(to: .bfloat16)
    let turned = try Symmetry.transformed(base, options: .init(), context: context)
    #expect(turned.model.storedPrecision == .bfloat16)
    try assertClose(logits(turned), logits(base), tolerance: 1e-5)
  }

  @Test func `the control keeps what every attack must keep`() async throws {
    let planted = try await Conformance.checkAttack(SymmetryOnly.self, on: TinyModel.make())
    #expect(!planted.truth.isModified)
    let tiny = try TinyModel.make()
    #expect(Conformance.fingerprint(planted.organism) != Conformance.fingerprint(tiny))
  }

  @Test func `a scale that means nothing is refused`() async throws {
    await #expect(throws: AssayError.self) {
      try await Conformance.checkAttack(
        SymmetryOnly.self, on: TinyModel.make(), options: ["scalePower": 9])
    }
  }
}
