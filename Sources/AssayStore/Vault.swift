import AssayCore
import Foundation

/// Where the truth about organisms lies sealed, apart from the organisms.
///
/// An organism carries a commitment only: the SHA-256 of its truth with a random salt, so that the
/// truth can be neither guessed from it nor exchanged later.
public struct Vault: Sendable {
  /// The folder.
  public let folder: URL

  /// Makes a vault in `folder`, which is made when the first truth is sealed.
  public init(_ folder: URL) {
    self.folder = folder
  }

  /// The file with the truth about organism `id`.
  public func file(_ id: String) -> URL {
    folder.appendingPathComponent("\(id).json")
  }

  /// What an organism publishes about its truth: SHA-256 of the salted canonical JSON.
  public static func commitment(to truth: GroundTruth) throws -> String {
    Digest.sha256(try CanonicalJSON.data(truth))
  }

  /// Salts the truth where it has no salt yet, stores it as that of organism `id` and returns its
  /// commitment.
  ///
  /// Throws `AssayError(.badInput)` when a truth is there already: a sealed truth never changes.
  public func seal(_ truth: GroundTruth, as id: String) throws -> String {
    guard !FileManager.default.fileExists(atPath: file(id).path) else {
      throw AssayError(.badInput, "the truth about organism '\(id)' is sealed already")
    }
    try folder.makeFolder()
    var salted = truth
    if salted.salt.isEmpty { salted.salt = RandomName.make(bytes: 32) }
    try JSONFile.write(salted, to: file(id))
    return try Self.commitment(to: salted)
  }

  /// Opens the truth about organism `id` for a match, whose ledger records it.
  ///
  /// Throws `AssayError(.forbidden)` unless the ledger holds a report, and `.integrity` when the
  /// truth is not the one that `commitment` was made to.
  public func open(_ id: String, commitment: String, recordingIn ledger: Ledger) throws
    -> GroundTruth
  {
    guard ledger.entries.contains(where: { $0.kind == LedgerKind.report }) else {
      throw AssayError(
        .forbidden, "the truth about organism '\(id)' stays sealed until a report is committed",
        hint: "audit first, then judge")
    }
    let truth = try JSONFile.read(GroundTruth.self, from: file(id))
    guard try Self.commitment(to: truth) == commitment else {
      throw AssayError(
        .integrity, "the truth in '\(file(id).path)' is not the one that was sealed",
        hint: "it was changed after it was sealed; do not trust this match")
    }
    try ledger.append(
      LedgerKind.truthOpened,
      ["organism": .string(id), "commitment": .string(commitment)])
    return truth
  }
}
