import AssayCore

/// A repository on a model hub and a revision of it, written `OWNER/NAME` or `OWNER/NAME@REVISION`.
///
/// The names end up in paths and addresses, so only what the hub itself allows gets through.
public struct HubName: Hashable, Sendable, CustomStringConvertible {
  /// `OWNER/NAME`.
  public let repository: String
  /// A branch, a tag or a commit; `main` where none was given.
  public let revision: String

  /// Reads a name; throws `AssayError(.badInput)` for what cannot be one.
  public init(_ text: String) throws {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let repository = String(parts.first ?? "")
    let revision = parts.count > 1 ? String(parts[1]) : "main"
    let owned = repository.split(separator: "/", omittingEmptySubsequences: false)
    guard owned.count == 2, owned.allSatisfy(Self.isPart), repository.utf8.count <= 96 else {
      throw AssayError(
        .badInput, "'\(Self.printable(text))' is not the name of a repository",
        hint: "write OWNER/NAME or OWNER/NAME@REVISION, in letters, digits, '-', '_' and '.'")
    }
    guard Self.isRevision(revision) else {
      throw AssayError(
        .badInput, "'\(Self.printable(revision))' is not the name of a revision",
        hint: "write a branch, a tag or a commit after the '@', or nothing for main")
    }
    self.repository = repository
    self.revision = revision
  }

  /// The name as it is written on a command line; `@main` is left out.
  public var description: String { revision == "main" ? repository : "\(repository)@\(revision)" }

  /// Whether the revision is a whole commit, which never changes what it means.
  var isCommit: Bool { Self.isCommit(revision) }

  /// The folder of the repository in the cache.
  var folderName: String {
    "models--" + repository.split(separator: "/").joined(separator: "--")
  }

  /// 40 lower-case hexadecimal digits.
  static func isCommit(_ text: String) -> Bool { isHex(text, digits: 40) }

  /// Whether `text` is this many lower-case hexadecimal digits.
  static func isHex(_ text: String, digits: Int) -> Bool {
    text.utf8.count == digits
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// `text` for a message: control characters become '?', and it has an end.
  static func printable(_ text: String) -> String {
    String(
      text.unicodeScalars.prefix(120).map { scalar in
        scalar.properties.generalCategory == .control
          || scalar.properties.generalCategory == .format ? "?" : Character(scalar)
      })
  }

  private static func isPart(_ part: Substring) -> Bool {
    let edges: [Character] = ["-", "."]
    guard let first = part.first, let last = part.last else { return false }
    return part.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") }
      && !edges.contains(first) && !edges.contains(last)
      && !part.contains("--") && !part.contains("..") && !part.hasSuffix(".git")
  }

  /// Names of branches and tags as git allows them, without what is special in paths or addresses.
  private static func isRevision(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return text.utf8.count <= 200
      && parts.allSatisfy { part in
        !part.isEmpty && !part.hasPrefix(".") && !part.hasPrefix("-") && !part.contains("..")
          && !part.hasSuffix(".lock")
          && part.utf8.allSatisfy { isWord($0) || "+.=@".utf8.contains($0) }
      }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }
}
