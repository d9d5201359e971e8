extension UnsafeBufferPointer<UInt8> {
  /// The scalar that starts at byte `index` of valid UTF-8, and how many bytes it takes.
  @inline(__always)
  func scalar(at index: Int) -> (value: UInt32, width: Int) {
    let first = UInt32(self[index])
    if first < 0x80 { return (first, 1) }
    let second = UInt32(self[index + 1] & 0x3F)
    if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
    let third = UInt32(self[index + 2] & 0x3F)
    if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
    let fourth = UInt32(self[index + 3] & 0x3F)
    return ((first & 0x07) << 18 | second << 12 | third << 6 | fourth, 4)
  }

  /// Calls `body` with each scalar of valid UTF-8, the byte it starts at and its width.
  @inline(__always)
  func forEachScalar(_ body: (_ value: UInt32, _ start: Int, _ width: Int) -> Void) {
    var index = 0
    while index < count {
      let (value, width) = scalar(at: index)
      body(value, index, width)
      index += width
    }
  }
}

extension [UInt8] {
  /// Adds a scalar in UTF-8.
  @inline(__always)
  mutating func append(scalar value: UInt32) {
    switch value {
    case 0..<0x80:
      append(UInt8(value))
    case 0x80..<0x800:
      append(UInt8(0xC0 | value >> 6))
      append(UInt8(0x80 | value & 0x3F))
    case 0x800..<0x10000:
      append(UInt8(0xE0 | value >> 12))
      append(UInt8(0x80 | value >> 6 & 0x3F))
      append(UInt8(0x80 | value & 0x3F))
    default:
      append(UInt8(0xF0 | value >> 18 & 0x07))
      append(UInt8(0x80 | value >> 12 & 0x3F))
      append(UInt8(0x80 | value >> 6 & 0x3F))
      append(UInt8(0x80 | value & 0x3F))
    }
  }

  /// The bytes with every occurrence of `pattern` (not empty) replaced, from the left.
  func replacing(_ pattern: [UInt8], with content: [UInt8]) -> [UInt8] {
    guard let first = pattern.first, count >= pattern.count else { return self }
    var out: [UInt8] = []
    out.reserveCapacity(count + count / 4)
    var index = 0
    while index < count {
      if self[index] == first, index + pattern.count <= count,
        pattern.count == 1 || self[index..<index + pattern.count].elementsEqual(pattern)
      {
        out += content
        index += pattern.count
      } else {
        out.append(self[index])
        index += 1
      }
    }
    return out
  }
}
