import Foundation

/// Decompositions, combining classes and compositions of Unicode 9.0.
///
/// Made when first needed from Foundation's, which are newer: what a character decomposes to never
/// changes once it is assigned (the stability policy of Unicode), so that leaving younger characters
/// out gives the older version.
struct CanonicalTables: Sendable {
  static let shared = CanonicalTables()

  /// The precomposed syllables of Hangul, which are computed and not looked up.
  static let hangul: ClosedRange<UInt32> = 0xAC00...0xD7A3

  /// Full decompositions: where in `scalars` (above 8 bits) and how many (8 bits).
  private(set) var canonical = ScalarMap()
  private(set) var compatible = ScalarMap()
  private(set) var scalars: [UInt32] = []
  private var orders = ScalarMap()
  private var compositions = PairTable(capacity: 1_024)

  /// Everything that has a decomposition or a combining class in Unicode 9 lies here.
  private static let ranges: [ClosedRange<UInt32>] = [
    0xA0...0x33FF, 0xA600...0xABFF, 0xF900...0xFFFF, 0x10000...0x11FFF, 0x16A00...0x16FFF,
    0x1BC00...0x1BCFF, 0x1D000...0x1D7FF, 0x1E000...0x1F2FF, 0x2F800...0x2FA1F,
  ]

  private init() {
    for range in Self.ranges {
      for value in range {
        guard let scalar = Unicode.Scalar(value), ScalarTraits.isAssigned(scalar, in: 9) else {
          continue
        }
        add(scalar)
      }
    }
  }

  private mutating func add(_ scalar: Unicode.Scalar) {
    let order = scalar.properties.canonicalCombiningClass.rawValue
    if order != 0 { orders[scalar.value] = UInt32(order) }
    let text = String(scalar)
    let full = text.decomposedStringWithCompatibilityMapping.unicodeScalars.map(\.value)
    guard full != [scalar.value] else { return }
    compatible[scalar.value] = store(full)
    let parts = text.decomposedStringWithCanonicalMapping.unicodeScalars.map(\.value)
    guard parts != [scalar.value] else { return }
    canonical[scalar.value] = store(parts)
    // A character that composing brings back is the composite of its last part and the rest.
    guard let last = parts.last, parts.count > 1,
      text.precomposedStringWithCanonicalMapping.unicodeScalars.elementsEqual([scalar])
    else { return }
    var rest = String.UnicodeScalarView()
    for part in parts.dropLast() { Unicode.Scalar(part).map { rest.append($0) } }
    let composed = String(rest).precomposedStringWithCanonicalMapping.unicodeScalars
    guard let first = composed.first, composed.count == 1 else { return }
    compositions.insert(scalar.value, for: PairTable.key(first.value, last))
  }

  private mutating func store(_ parts: [UInt32]) -> UInt32 {
    scalars += parts
    return UInt32(scalars.count - parts.count) << 8 | UInt32(parts.count)
  }

  /// The canonical combining class.
  func order(of scalar: UInt32) -> UInt8 {
    guard scalar >= 0x300 else { return 0 }
    let order = orders[scalar]
    return order == ScalarMap.absent ? 0 : UInt8(order)
  }

  /// The two or three letters of a syllable of Hangul (The Unicode Standard, section 3.12).
  static func jamo(of syllable: UInt32) -> [UInt32] {
    let index = syllable - hangul.lowerBound
    let letters = [0x1100 + index / 588, 0x1161 + index % 588 / 28]
    return index % 28 == 0 ? letters : letters + [0x11A7 + index % 28]
  }

  /// Composes scalars in canonical order, in place.
  func compose(_ run: inout [(scalar: UInt32, order: UInt8)]) {
    guard run.count > 1 else { return }
    var kept = 0
    var starter: Int?
    var last: UInt8 = 0
    for index in run.indices {
      let item = run[index]
      if let place = starter {
        // Blocked: a mark of the same or a higher class, or a starter, stands between.
        let isAdjacent = place == kept - 1
        if isAdjacent || (last < item.order && last != 0),
          let composite = composite(run[place].scalar, item.scalar)
        {
          run[place].scalar = composite
          continue
        }
      }
      if item.order == 0 { starter = kept }
      last = item.order
      run[kept] = item
      kept += 1
    }
    run.removeSubrange(kept...)
  }

  private func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (0x1100...0x1112).contains(first), (0x1161...0x1175).contains(second) {
      return Self.hangul.lowerBound + (first - 0x1100) * 588 + (second - 0x1161) * 28
    }
    if Self.hangul.contains(first), (first - Self.hangul.lowerBound) % 28 == 0,
      (0x11A8...0x11C2).contains(second)
    {
      return first + second - 0x11A7
    }
    return compositions[PairTable.key(first, second)].map { UInt32(truncatingIfNeeded: $0) }
  }
}
