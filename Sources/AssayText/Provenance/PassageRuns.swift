/// Runs of words that anybody may write who was given the texts that hold them.
public struct PassageRuns: Sendable {
  private var hashes: Set<UInt64> = []

  /// No runs.
  public init() {}

  /// Adds the runs of a text.
  public mutating func add(_ text: String) {
    hashes.formUnion(PassageWords(text).hashes(length: PassageIndex.length))
  }

  func contains(_ hash: UInt64) -> Bool { hashes.contains(hash) }
}
