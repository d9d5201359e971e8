/// One step of what happens to text before it is cut into words: `normalizer` of a `tokenizer.json`.
protocol NormalizationStep: Sendable {
  /// `text`, which is valid UTF-8, changed.
  ///
  /// Sets `keepsStart` to false where the first character is taken away: what is left then no longer
  /// counts as the start of the text (see `Metaspace`).
  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8]
}

extension NormalizationStep {
  /// `text` without the characters that `isRemoved`, the others as `changed` has them.
  @inline(__always)
  func filter(
    _ text: [UInt8], keepsStart: inout Bool, isRemoved: (UInt32) -> Bool,
    changed: (UInt32) -> UInt32 = { $0 }
  ) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var removesFirst = false
    text.withUnsafeBufferPointer { buffer in
      buffer.forEachScalar { scalar, start, _ in
        if !isRemoved(scalar) {
          out.append(scalar: changed(scalar))
        } else if start == 0 {
          removesFirst = true
        }
      }
    }
    if removesFirst { keepsStart = false }
    return out
  }
}
