import Foundation

/// Digests of bytes and files, written as lower-case hexadecimal digits: 64 for SHA-256.
public enum Digest {
  /// The digest of bytes in memory.
  public static func sha256(_ data: Data) -> String {
    var hasher = HashFunction(.sha256)
    hasher.update(data)
    return hex(hasher.finalize())
  }

  /// The digest of a file's bytes, read in pieces so that weights of any size fit.
  public static func sha256(file url: URL) throws -> String {
    try digest(url, with: HashFunction(.sha256))
  }

  /// The name that git gives a file's bytes.
  ///
  /// It is 40 hexadecimal digits of SHA-1 over the word "blob", the length and the bytes. Good against
  /// accidents, not against somebody who wants a collision.
  public static func gitBlob(file url: URL) throws -> String {
    let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
    var hasher = HashFunction(.sha1)
    hasher.update(Data("blob \(attributes?[.size] as? Int ?? 0)\0".utf8))
    return try digest(url, with: hasher)
  }

  private static func digest(_ url: URL, with start: consuming HashFunction) throws -> String {
    var hasher = start
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
        hasher.update(piece)
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
