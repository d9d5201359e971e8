import Foundation

/// One line of a match's ledger, chained to the line before it.
public struct LedgerEntry: Codable, Hashable, Sendable {
  /// The position, from 0.
  public var index: Int
  /// When it happened, ISO 8601 in UTC with milliseconds.
  public var time: String
  /// What happened, such as "call", "refusal" or "report".
  public var kind: String
  /// The particulars.
  public var body: JSONValue
  /// The hash of the line before, 64 zeros for the first.
  public var previous: String
  /// SHA-256 of the canonical JSON of all other members.
  public var hash: String

  /// What the first entry of a ledger has as its predecessor.
  public static let origin = String(repeating: "0", count: 64)

  /// Makes an entry and computes its hash.
  public init(index: Int, time: String, kind: String, body: JSONValue, previous: String) throws {
    self.index = index
    self.time = time
    self.kind = kind
    self.body = body
    self.previous = previous
    hash = ""
    hash = try computedHash()
  }

  /// The hash that this entry must have.
  public func computedHash() throws -> String {
    let rest: JSONValue = [
      "index": JSONValue(index), "time": .string(time), "kind": .string(kind), "body": body,
      "previous": .string(previous),
    ]
    return Digest.sha256(try CanonicalJSON.data(rest))
  }
}
