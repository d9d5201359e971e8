import Foundation

/// `NFC`, `NFD`, `NFKC`, `NFKD`.
extension CanonicalForm: NormalizationStep {
  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] { normalized(text) }
}

/// `Prepend`: puts text before a text that is not empty.
struct Prepending: NormalizationStep {
  let content: [UInt8]

  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    text.isEmpty ? text : content + text
  }
}

/// `Replace`: every match of a string or a pattern becomes `content`.
struct Replacement: NormalizationStep {
  enum Pattern: Sendable {
    case literal([UInt8])
    case regex(RegexSplitter)
  }

  let pattern: Pattern
  let content: [UInt8]

  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    let regex: RegexSplitter
    switch pattern {
    case .literal(let literal):
      if content.isEmpty, text.starts(with: literal), !text.isEmpty { keepsStart = false }
      return text.replacing(literal, with: content)
    case .regex(let splitter): regex = splitter
    }
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var removesStart = false
    text.withUnsafeBufferPointer { buffer in
      regex.forEachPiece(in: buffer) { start, end, isMatch in
        if !isMatch {
          out += buffer[start..<end]
        } else {
          out += content
          if start == 0, end > 0, content.isEmpty { removesStart = true }
        }
      }
    }
    if removesStart { keepsStart = false }
    return out
  }
}

/// `Lowercase`: each character's full lower-case mapping, without regard to its neighbours.
struct Lowercasing: NormalizationStep {
  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    text.withUnsafeBufferPointer { buffer in
      buffer.forEachScalar { scalar, start, width in
        if scalar < 0x80 {
          out.append(UInt8(scalar) + ((0x41...0x5A).contains(scalar) ? 0x20 : 0))
        } else if let properties = Unicode.Scalar(scalar)?.properties,
          properties.changesWhenLowercased
        {
          out += properties.lowercaseMapping.utf8
        } else {
          out += buffer[start..<start + width]
        }
      }
    }
    return out
  }
}

/// `Strip`: takes white space away at the ends.
struct Stripping: NormalizationStep {
  let left: Bool
  let right: Bool

  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    text.withUnsafeBufferPointer { buffer in
      // From the first character that is no space to the end of the last one.
      var (start, end) = (buffer.count, 0)
      buffer.forEachScalar { scalar, index, width in
        guard !ScalarTraits.of(scalar).contains(.space) else { return }
        start = min(start, index)
        end = index + width
      }
      let from = left ? start : 0
      if from > 0 { keepsStart = false }
      return Array(buffer[from..<max(from, right ? end : buffer.count)])
    }
  }
}

/// `StripAccents`: takes all marks away.
struct AccentStripping: NormalizationStep {
  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    filter(text, keepsStart: &keepsStart, isRemoved: { ScalarTraits.of($0).contains(.mark) })
  }
}

/// `ByteLevel` as a normalizer: writes each byte in `ByteAlphabet`.
struct ByteAlphabetWriting: NormalizationStep {
  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    Array(ByteAlphabet.write(text).utf8)
  }
}

/// `Nmt`: the clean-up of characters of SentencePiece's NMT rules.
struct NmtCleaning: NormalizationStep {
  func apply(to text: [UInt8], keepsStart: inout Bool) -> [UInt8] {
    filter(
      text, keepsStart: &keepsStart,
      isRemoved: { scalar in
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: true
        default: false
        }
      },
      changed: { scalar in
        switch scalar {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF,
          0xFFFD:
          0x20
        default: scalar
        }
      })
  }
}
