/// `BertNormalizer`: removes control characters, turns white space into spaces, puts spaces around
/// Chinese characters, takes accents away, and lower-cases, as far as each is asked for.
struct BertCleaning: NormalizationStep {
  let cleansText: Bool
  let separatesChinese: Bool
  let stripsAccents: Bool
  let lowercases: Bool

  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    var text = text
    if cleansText {
      text = filter(
        text, keepsStart: &keepsStart,
        isRemoved: {
          $0 == 0 || $0 == 0xFFFD || ScalarTraits.of($0).contains(.control)
        },
        changed: { ScalarTraits.of($0).contains(.space) ? 0x20 : $0 })
    }
    if separatesChinese { text = separated(text) }
    if stripsAccents {
      text = filter(
        CanonicalForm.nfd.normalized(text), keepsStart: &keepsStart,
        isRemoved: { ScalarTraits.of($0).contains(.nonspacing) })
    }
    if lowercases { text = Lowercasing().apply(to: text, keepsStart: &keepsStart) }
    return text
  }

  private func separated(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(where: { $0 >= 0xE3 }) else { return text }
    var out: [UInt8] = []
    out.reserveCapacity(text.count + text.count / 2)
    text.withUnsafeBufferPointer { buffer in
      buffer.forEachScalar { scalar, start, width in
        let isChinese = Self.isChinese(scalar)
        if isChinese { out.append(0x20) }
        out += buffer[start..<start + width]
        if isChinese { out.append(0x20) }
      }
    }
    return out
  }

  /// Whether a character lies in the blocks that BERT's own code lists.
  private static func isChinese(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F,
      0x2B920...0x2CEAF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}
