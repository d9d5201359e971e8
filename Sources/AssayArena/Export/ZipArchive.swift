import AssayCore
import Foundation

/// A zip archive without compression, made in memory.
///
/// Source: PKWARE, "APPNOTE.TXT", sections 4.3.7, 4.3.12 and 4.3.16. Equal contents give equal bytes: the
/// time of every member is 1 January 1980. Limits: no encryption, no Zip64: less than 4 GiB and 65,535
/// members.
struct ZipArchive {
  private var body = Data()
  private var directory = Data()
  private var count = 0

  /// The first version of the format that has folders, and no more than that.
  private static let version: UInt16 = 20
  /// Names are UTF-8.
  private static let flags: UInt16 = 1 << 11
  private static let date: UInt16 = 1 << 5 | 1

  /// Adds a member; throws `AssayError(.unsupported)` where it would not fit any more.
  mutating func add(_ name: String, _ data: Data) throws {
    let offset = body.count
    guard offset + data.count + name.utf8.count + 1024 < Int(UInt32.max) - directory.count,
      count < Int(UInt16.max) - 1
    else {
      throw AssayError(
        .unsupported, "the archive would have more than 4 GiB, or 65,534 members",
        hint: "export fewer matches at once")
    }
    let size = UInt32(data.count)
    let length = UInt16(name.utf8.count)
    // What both headers say of the member: version to all lengths.
    var about = Data()
    about.append(Self.version)
    about.append(Self.flags)
    about.append(UInt16(0))  // stored
    about.append(UInt16(0))  // midnight
    about.append(Self.date)
    about.append(Self.checksum(data))
    about.append(size)
    about.append(size)
    about.append(length)
    about.append(UInt16(0))  // no extra field
    body.append(UInt32(0x0403_4b50))
    body.append(about)
    body.append(Data(name.utf8))
    body.append(data)
    directory.append(UInt32(0x0201_4b50))
    directory.append(Self.version)
    directory.append(about)
    directory.append(UInt16(0))  // no comment
    directory.append(UInt16(0))  // the first disk
    directory.append(UInt16(0))  // no internal attributes
    directory.append(UInt32(0))  // nor external ones
    directory.append(UInt32(offset))
    directory.append(Data(name.utf8))
    count += 1
  }

  /// The archive's bytes.
  var data: Data {
    var data = body
    data.append(directory)
    data.append(UInt32(0x0605_4b50))
    data.append(UInt16(0))
    data.append(UInt16(0))
    data.append(UInt16(count))
    data.append(UInt16(count))
    data.append(UInt32(directory.count))
    data.append(UInt32(body.count))
    data.append(UInt16(0))
    return data
  }

  /// CRC-32 of ISO 3309, as zip has it.
  static func checksum(_ data: Data) -> UInt32 {
    var value = UInt32.max
    for byte in data { value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
    return ~value
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
    }
  }
}

extension Data {
  /// Adds a number, its lowest byte first.
  fileprivate mutating func append(_ number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
