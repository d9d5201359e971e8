import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The record of a match: one line of JSON per event, each chained to the one before by its hash.
///
/// Lines are only ever appended, and each is on disk before `append` returns. Changing, dropping
/// or reordering lines breaks the chain; cutting lines off the end is found by the last hash,
/// which `match.json` keeps.
public final class Ledger: Sendable {
  /// The file.
  public let url: URL
  private let entriesSoFar: Locked<[LedgerEntry]>

  /// Opens a ledger, or starts one when there is no file; an existing one is verified first.
  ///
  /// Throws `AssayError(.integrity)` naming the first bad line.
  public init(_ url: URL) throws {
    self.url = url
    let exists = FileManager.default.fileExists(atPath: url.path)
    entriesSoFar = Locked(exists ? try Self.read(url) : [])
  }

  /// All entries, in order.
  public var entries: [LedgerEntry] {
    entriesSoFar.withLock { $0 }
  }

  /// The hash of the last entry; 64 zeros when there is none.
  public var finalHash: String {
    entriesSoFar.withLock { $0.last?.hash ?? LedgerEntry.origin }
  }

  /// Adds an event and waits until it is on disk.
  @discardableResult
  public func append(_ kind: String, _ body: JSONValue) throws -> LedgerEntry {
    try entriesSoFar.withLock { entries in
      let entry = try LedgerEntry(
        index: entries.count, time: Self.now(), kind: kind, body: body,
        previous: entries.last?.hash ?? LedgerEntry.origin)
      var line = try CanonicalJSON.data(entry)
      line.append(UInt8(ascii: "\n"))
      try Self.append(line, to: url)
      entries.append(entry)
      return entry
    }
  }

  /// Reads and verifies the ledger at `url`.
  ///
  /// Throws `AssayError(.integrity)` naming the first line that does not fit.
  public static func read(_ url: URL) throws -> [LedgerEntry] {
    let data = try JSONFile.data(at: url)
    var entries: [LedgerEntry] = []
    var rest = data[...]
    while !rest.isEmpty {
      let number = entries.count + 1
      func broken(_ reason: String) -> AssayError {
        AssayError(
          .integrity, "\(url.lastPathComponent) line \(number): \(reason)",
          hint: "the record was changed or cut off after it was written; do not trust this match")
      }
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
        throw broken("the line is not complete")
      }
      let line = Data(rest[..<end])
      guard
        let entry = try? CanonicalJSON.decode(LedgerEntry.self, from: line, origin: "")
      else { throw broken("not a ledger entry") }
      guard entry.index == entries.count else {
        throw broken("expected entry \(entries.count), found entry \(entry.index)")
      }
      guard entry.previous == entries.last?.hash ?? LedgerEntry.origin else {
        throw broken("the entry does not follow from the one before")
      }
      guard try entry.computedHash() == entry.hash else {
        throw broken("the contents do not match their hash")
      }
      // The hash covers the meaning; this covers every byte, spaces and key order included.
      guard try CanonicalJSON.data(entry) == line else {
        throw broken("the line is not in canonical form")
      }
      entries.append(entry)
      rest = rest[rest.index(after: end)...]
    }
    return entries
  }

  /// The current time as ledgers write it: ISO 8601, UTC, milliseconds.
  static func now() -> String {
    Date.now.formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt))
  }

  private static func append(_ line: Data, to url: URL) throws {
    func failure() -> AssayError {
      AssayError(
        .io, "cannot write '\(url.path)': \(String(cString: strerror(errno)).lowercased())")
    }
    let descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure() }
    defer { close(descriptor) }
    let before = lseek(descriptor, 0, SEEK_END)
    do {
      try AtomicFile.write(line, descriptor: descriptor, naming: url)
      guard fsync(descriptor) == 0 else { throw failure() }
    } catch {
      // A full disk must not leave half a line behind.
      if before >= 0 { ftruncate(descriptor, before) }
      throw error
    }
  }
}
