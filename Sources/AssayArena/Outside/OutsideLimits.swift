import AssayCore

/// What a third-party auditor may use of this machine and of the server's patience.
///
/// Rules say what may be asked of the suspect; these limits keep a broken or hostile program from
/// doing harm. Whoever goes beyond them finds the audit over, and the ledger says why.
public struct OutsideLimits: Codable, Hashable, Sendable {
  /// Seconds from the start to the end of the audit, then its processes are killed; nil is no limit.
  public var seconds: Double?
  /// Seconds that the program has to end by itself after its report.
  public var secondsAfterReport = 5.0
  /// The longest message, in bytes.
  public var messageBytes = 1 << 20
  /// Messages in all.
  public var messages = 100_000
  /// Tool calls that wait at once.
  public var waiting = 64
  /// Messages that are none, too long or out of place.
  public var faults = 100
  /// Calls that were refused or failed.
  public var refusals = 1000
  /// What is kept of its standard error, in bytes.
  public var errorBytes = 1 << 20
  /// What its scratch folder holds, in bytes.
  public var scratchBytes = 256 << 20
  /// The address space of each of its processes, in bytes.
  public var memoryBytes = 16 << 30
  /// Its processes, where its user is not root.
  public var processes = 512
  /// Files that a process may have open.
  public var openFiles = 1024

  /// Makes the limits that hold where nothing else is said.
  public init(seconds: Double? = nil) {
    self.seconds = seconds
  }
}
