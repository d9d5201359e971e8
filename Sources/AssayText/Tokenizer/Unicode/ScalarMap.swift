/// A number for each of some Unicode scalars: two array reads a look-up, memory for used pages only.
struct ScalarMap: Sendable {
  /// What stands for "no number".
  static let absent = UInt32.max

  // Page 0 holds nothing; each page is for 256 scalars.
  private var pages = [UInt16](repeating: 0, count: 0x1100)
  private var values = [UInt32](repeating: absent, count: 256)

  /// The number of `scalar`, or `absent`; `scalar` is below 0x110000.
  subscript(scalar: UInt32) -> UInt32 {
    get { values[Int(pages[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)] }
    set {
      var page = Int(pages[Int(scalar >> 8)])
      if page == 0 {
        page = values.count >> 8
        values += repeatElement(Self.absent, count: 256)
        pages[Int(scalar >> 8)] = UInt16(page)
      }
      values[page << 8 | Int(scalar & 0xFF)] = newValue
    }
  }
}
