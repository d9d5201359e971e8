import Crypto
import Foundation

/// SHA-256 digests, written as 64 lower-case hexadecimal digits.
public enum Digest {
  /// The digest of bytes in memory.
  public static func sha256(_ data: Data) -> String {
    hex(SHA256.hash(data: data))
  }

  /// The digest of a file's bytes, read in pieces so that weights of any size fit.
  public static func sha256(file url: URL) throws -> String {
    var hasher = SHA256()
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
        hasher.update(data: piece)
      }
    } catch {
      let missing = !FileManager.default.fileExists(atPath: url.path)
      throw AssayError(
        missing ? .notFound : .unreadable,
        missing ? "no such file: '\(url.path)'" : "cannot read '\(url.path)'")
    }
    return hex(hasher.finalize())
  }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef")
    return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
