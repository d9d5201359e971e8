import AssayTensor
import Foundation
import Testing

/// A file of the Fixtures folder.
func fixture(_ name: String) throws -> URL {
  try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
}

/// Shapes are equal and |a - b| ≤ tolerance · (1 + |b|) everywhere; tells where they differ most.
func expectClose(
  _ a: Tensor, _ b: Tensor, tolerance: Double = 1e-5, _ label: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(a.shape == b.shape, "\(label): shapes", sourceLocation: sourceLocation)
  guard a.shape == b.shape else { return }
  let pairs = zip(a.doubles(), b.doubles()).enumerated()
  let worst = pairs.max { distance($0.element) < distance($1.element) }
  guard let worst, !(distance(worst.element) <= tolerance) else { return }
  Issue.record(
    "\(label): \(worst.element.0) against \(worst.element.1) at element \(worst.offset)",
    sourceLocation: sourceLocation)
}

private func distance(_ pair: (Double, Double)) -> Double {
  if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return 0 }
  let value = abs(pair.0 - pair.1) / (1 + abs(pair.1))
  return value.isNaN ? .infinity : value
}

/// A folder of its own for one test, removed afterwards.
func withFolder<R>(_ body: (URL) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "assay-tensor-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
