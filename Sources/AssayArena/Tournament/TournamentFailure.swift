import AssayCore

/// Why a planting or a match has no result.
public struct TournamentFailure: Codable, Hashable, Sendable {
  /// What went wrong, in one sentence.
  public var reason: String
  /// The end of what the worker wrote to standard error.
  public var log: String
  /// How often it was tried.
  public var attempts: Int

  /// Makes the record of a failure.
  public init(reason: String, log: String = "", attempts: Int = 1) {
    self.reason = reason
    self.log = log
    self.attempts = attempts
  }
}
