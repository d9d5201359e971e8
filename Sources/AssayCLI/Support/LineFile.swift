import AssayCore
import Foundation

/// Writes files of any length line by line; a reader sees the whole file or none.
enum LineFile {
  /// Writes `count` lines and returns how many bytes they took.
  ///
  /// Lines are gathered into pieces of about a megabyte, so memory does not grow with the file.
  static func write(to url: URL, count: Int, line: (Int) throws -> Data) throws -> Int {
    let temporary = url.appendingPathExtension("tmp")
    try AtomicFile.write(Data(), to: temporary)
    do {
      let handle = try FileHandle(forWritingTo: temporary)
      defer { try? handle.close() }
      var (piece, total) = (Data(), 0)
      for number in 0..<count {
        piece += try line(number)
        piece.append(UInt8(ascii: "\n"))
        if piece.count >= 1 << 20 || number == count - 1 {
          try AtomicFile.write(piece, descriptor: handle.fileDescriptor, naming: url)
          total += piece.count
          piece.removeAll(keepingCapacity: true)
        }
      }
      try handle.synchronize()
      if rename(temporary.path, url.path) != 0 {
        throw AssayError(.io, "cannot rename to '\(url.path)'")
      }
      return total
    } catch {
      unlink(temporary.path)
      throw error
    }
  }
}
