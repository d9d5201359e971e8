import AssayCore
import Foundation

/// One JSON document on disk: written whole, read with errors that name the file.
public enum JSONFile {
  /// Writes `value`, for people to read, through a temporary file; returns the bytes' SHA-256.
  @discardableResult
  public static func write<T: Encodable>(_ value: T, to url: URL) throws -> String {
    var data = try CanonicalJSON.data(value, pretty: true)
    data.append(UInt8(ascii: "\n"))
    try AtomicFile.write(data, to: url)
    return Digest.sha256(data)
  }

  /// Reads a value; throws `AssayError` `.notFound`, `.unreadable` or `.corrupt` naming the file.
  public static func read<T: Decodable>(_ type: T.Type = T.self, from url: URL) throws -> T {
    try CanonicalJSON.decode(type, from: data(at: url), origin: "'\(url.path)'")
  }

  /// The bytes of a file; throws `AssayError` `.notFound` or `.unreadable` naming it.
  public static func data(at url: URL) throws -> Data {
    do {
      return try Data(contentsOf: url)
    } catch {
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw AssayError(.notFound, "no such file: '\(url.path)'")
      }
      throw AssayError(.unreadable, "cannot read '\(url.path)'", hint: "check its permissions")
    }
  }
}
