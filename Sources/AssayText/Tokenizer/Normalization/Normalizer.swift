/// The steps of `normalizer`, in order.
struct Normalizer: Sendable {
  var steps: [any NormalizationStep] = []

  /// Whether text stays as it is.
  var isEmpty: Bool { steps.isEmpty }

  /// `text` after all steps; `keepsStart` as in `NormalizationStep`.
  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    steps.reduce(text) { $1.apply(to: $0, keepsStart: &keepsStart) }
  }

  /// `text` after all steps.
  func apply(to text: [UInt8]) -> [UInt8] {
    var keepsStart = true
    return apply(to: text, keepsStart: &keepsStart)
  }
}
