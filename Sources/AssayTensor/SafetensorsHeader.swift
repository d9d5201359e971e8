import AssayCore
import Foundation

/// The table at the start of a safetensors file, read and checked.
struct SafetensorsHeader {
  /// One tensor of the table; `range` counts bytes from the end of the header.
  struct Entry: Hashable {
    var dtype: DType
    var shape: [Int]
    var range: Range<Int>
  }

  /// The format's own limit, which keeps a damaged length from asking for everything.
  static let maximumLength = 100_000_000

  var entries: [String: Entry] = [:]
  var metadata: [String: String] = [:]
  /// Where the tensors' bytes begin in the file.
  var dataStart: Int

  /// Reads and checks the header of a file that holds `file`; errors name `path`.
  init(file: UnsafeRawBufferPointer, path: String) throws {
    func corrupt(_ what: String) -> AssayError {
      AssayError(
        .corrupt, "'\(path)' is not a valid safetensors file: \(what)",
        hint: "the file is damaged or cut off; copy or download it again")
    }
    if SafetensorsHeader.looksLikePickle(file) {
      throw AssayError(
        .unsupported, "'\(path)' is a pickle, which can run any code when it is opened",
        hint: "convert it where you trust it, with safetensors.torch.save_file")
    }
    guard file.count >= 8 else { throw corrupt("expected at least 8 bytes, got \(file.count)") }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(SafetensorsHeader.maximumLength) else {
      throw corrupt("header length \(length) is over \(SafetensorsHeader.maximumLength)")
    }
    guard Int(length) <= file.count - 8 else {
      throw corrupt("header of \(length) bytes, but only \(file.count - 8) bytes follow")
    }
    dataStart = 8 + Int(length)
    let text = UnsafeRawBufferPointer(rebasing: file[8..<dataStart])
    do {
      var parser = SafetensorsHeaderParser(text)
      try parser.readHeader(into: &self)
    } catch let problem as SafetensorsHeaderParser.Problem {
      if problem.isUnsupported {
        throw AssayError(
          .unsupported, "'\(path)': \(problem.text)",
          hint:
            "convert the tensors to one of \(DType.all.compactMap(\.safetensorsName).joined(separator: ", "))"
        )
      }
      throw corrupt(problem.text)
    }
    if let what = problemWithLayout(dataLength: file.count - dataStart) { throw corrupt(what) }
  }

  /// The tensors must cover the rest of the file exactly, without overlap and without gaps.
  private func problemWithLayout(dataLength: Int) -> String? {
    let ordered = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }
    var end = 0
    for (name, entry) in ordered {
      let range = entry.range
      if range.upperBound > dataLength {
        return "tensor '\(name)' ends at byte \(range.upperBound) of \(dataLength)"
      }
      if range.lowerBound < end {
        return "tensor '\(name)' overlaps the one before it at byte \(range.lowerBound)"
      }
      if range.lowerBound > end {
        return "nothing covers the bytes \(end)..<\(range.lowerBound) before tensor '\(name)'"
      }
      end = range.upperBound
      // Cannot overflow: the parser has checked the product.
      let expected = entry.shape.reduce(1, *) * entry.dtype.size
      if range.count != expected {
        return "tensor '\(name)' \(entry.dtype)\(entry.shape) takes \(expected) bytes, "
          + "its offsets give it \(range.count)"
      }
    }
    return end == dataLength ? nil : "\(dataLength - end) bytes follow the last tensor"
  }

  /// Zip archives (torch.save since 1.6) and bare pickles of protocol 2 and later.
  private static func looksLikePickle(_ file: UnsafeRawBufferPointer) -> Bool {
    guard file.count >= 4 else { return false }
    if file.starts(with: [0x50, 0x4B, 0x03, 0x04]) { return true }
    // In a safetensors file of that header length, bytes 2... of the length are 0 and the table
    // begins with a brace; a pickle has its first opcode there.
    return file[0] == 0x80 && (2...5).contains(file[1]) && !(file.count > 8 && file[8] == 0x7B)
  }
}
