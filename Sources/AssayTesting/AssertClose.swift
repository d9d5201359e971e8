import AssayCore
import AssayTensor

/// Throws `AssayError(.integrity)` where two tensors differ by more than `tolerance` anywhere.
///
/// The message names shapes, the largest difference, where it is, and the first five pairs.
public func assertClose(
  _ actual: Tensor, _ expected: Tensor, tolerance: Double = 1e-5
) throws {
  guard actual.shape == expected.shape else {
    throw AssayError(
      .integrity, "expected shape \(expected.shape), got \(actual.shape)")
  }
  try assertClose(
    actual.floats().map(Double.init), expected.floats().map(Double.init), tolerance: tolerance)
}

/// Throws `AssayError(.integrity)` where two lists of numbers differ by more than `tolerance`.
///
/// A number that is not finite differs from everything but itself.
public func assertClose(
  _ actual: [Double], _ expected: [Double], tolerance: Double = 1e-5
) throws {
  guard actual.count == expected.count else {
    throw AssayError(.integrity, "expected \(expected.count) numbers, got \(actual.count)")
  }
  let differences = zip(actual, expected).map { pair -> Double in
    if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return 0 }
    let difference = abs(pair.0 - pair.1)
    return difference.isNaN ? .infinity : difference
  }
  guard let worst = differences.indices.max(by: { differences[$0] < differences[$1] }),
    differences[worst] > tolerance
  else { return }
  let pairs = zip(actual, expected).prefix(5).map { "\($0) for \($1)" }
  throw AssayError(
    .integrity,
    "numbers differ by up to \(differences[worst]) (tolerance \(tolerance)) at index \(worst): "
      + "\(actual[worst]) for \(expected[worst])",
    hint: "the first are \(pairs.joined(separator: ", "))")
}
