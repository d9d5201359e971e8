import AssayCore

/// Why a planting or a match has no result.
public struct TournamentFailure: Codable, Hashable, Sendable {
  /// What went wrong, in one sentence.
  public var reason: String
  /// The kind of error, such as `didNotTake` for an attack that was tried and rejected with the
  /// figures; nil where a worker died.
  public var code: String?
  /// The end of what the worker wrote to standard error.
  public var log: String
  /// How often it was tried.
  public var attempts: Int

  /// Makes the record of a failure.
  public init(reason: String, code: String? = nil, log: String = "", attempts: Int = 1) {
    self.reason = reason
    self.code = code
    self.log = log
    self.attempts = attempts
  }
}
