import AssayArena
import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Foundation
import Testing

@testable import AssayAttacks

/// Hiding by symmetry gains nothing against a tool that reads weights.
@Suite struct WeightToolSymmetryTests {
  private static let families = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("AssayModelsTests/Fixtures/families", isDirectory: true)

  static let cases =
    ((try? FileManager.default.contentsOfDirectory(atPath: families.path)) ?? []).sorted()

  private static let tools = [
    "weight-spectra", "rank-one-edits", "low-rank-residue", "embedding-neighbours",
    "ov-qk-circuits", "unusual-units", "canonical-form",
  ]

  private func find(_ tool: String, _ arguments: JSONValue, on bundle: ModelBundle) async throws
    -> ToolResult
  {
    let suspect = Suspect(bundle: bundle, world: SmallWorld(), rules: .open, seed: 1)
    return try await Catalog.tools.named(tool, kind: "tool").run(arguments, on: suspect)
  }

  private func turned(_ base: ModelBundle, rotate: Bool) throws -> ModelBundle {
    var options = Symmetry.Options()
    options.rotate = rotate
    return try Symmetry.transformed(
      base, options: options, context: AttackContext(seed: 5, world: SmallWorld(), quiet: true))
  }

  @Test func `there is a checkpoint of each family`() { #expect(Self.cases.count >= 14) }

  @Test(arguments: cases)
  func `each tool finds the same in every family's rewritten copy`(_ name: String) async throws {
    // Away from bfloat16's grid, on which a rotation would round.
    let base = try ModelBundle.load(Self.families.appendingPathComponent(name)).clone()
    withoutGrad { _ = base.model.parameters[0].tensor.mul_(1 / 3.0) }
    for rotate in [false, true] {
      let copy = try turned(base, rotate: rotate)
      for tool in Self.tools {
        let before = try await find(tool, [:], on: base).result
        let after = try await find(tool, [:], on: copy).result
        // How numbers are stored is no property of what they compute.
        let part = tool == "low-rank-residue" ? "content" : nil
        let difference = ResultDifference.find(
          part.map { before[$0] ?? .null } ?? before, part.map { after[$0] ?? .null } ?? after)
        #expect(difference == nil, "\(tool): \(difference ?? "")")
      }
    }
  }

  @Test func `an edit shows as clearly after the weights were rewritten`() async throws {
    let base = try TinyModel.make()
    let edited = base.clone()
    try withoutGrad {
      let last = try #require(edited.model.weight(at: .block(1, .mlpOut)))
      let first = try #require(edited.model.weight(at: .block(1, .mlpIn)))
      first.select(0, index: 9).mul_(30)
      last.select(1, index: 9).mul_(30)
    }
    let copy = try turned(edited, rotate: true)
    for (tool, arguments) in [
      ("unusual-units", [:]), ("memory-search", ["words": ["the"]]),
    ] as [(String, JSONValue)] {
      let before = try await find(tool, arguments, on: edited)
      let after = try await find(tool, arguments, on: copy)
      let difference = ResultDifference.find(before.result, after.result)
      #expect(difference == nil, "\(tool): \(difference ?? "")")
    }
  }
}

/// Where two results differ by more than rounding, once units and heads go without their numbers.
private enum ResultDifference {
  /// The names of units and heads are places in the file, which a reordering changes.
  private static var number: Regex<Substring> { #/\[\d+\]/# }

  static func find(_ a: JSONValue, _ b: JSONValue, path: String = "") -> String? {
    switch (a, b) {
    case (.number(let x), .number(let y)):
      return abs(x - y) <= 5e-3 * max(1, abs(x), abs(y)) ? nil : "\(path): \(x) for \(y)"
    case (.string(let x), .string(let y)):
      return x.replacing(number, with: "") == y.replacing(number, with: "")
        ? nil : "\(path): \(x) for \(y)"
    case (.array(let x), .array(let y)):
      guard x.count == y.count else { return "\(path): \(x.count) for \(y.count) entries" }
      for index in x.indices {
        if let found = find(x[index], y[index], path: "\(path)[\(index)]") { return found }
      }
      return nil
    case (.object(let x), .object(let y)):
      // How units were scaled is what `canonical-form` is there to tell.
      for key in Set(x.keys).union(y.keys).subtracting(["rescaled"]).sorted() {
        if let found = find(x[key] ?? .null, y[key] ?? .null, path: "\(path).\(key)") {
          return found
        }
      }
      return nil
    default: return a == b ? nil : "\(path): \(a) for \(b)"
    }
  }
}
