import AssayCore

/// A third-party auditor: a program of its own that speaks MCP on its standard input and output.
public struct OutsideRequest: Hashable, Sendable {
  /// The command line; words are split as a shell does, nothing in them is expanded.
  public var command: String
  /// Files and folders that it may read besides its program and the files that the command names.
  public var readable: [String]
  /// Whether it runs with everything that this user may do, for want of bubblewrap.
  public var unconfined: Bool
  /// What it may use.
  public var limits: OutsideLimits

  /// Makes a request.
  public init(
    command: String, readable: [String] = [], unconfined: Bool = false,
    limits: OutsideLimits = OutsideLimits(seconds: 600)
  ) {
    self.command = command
    self.readable = readable
    self.unconfined = unconfined
    self.limits = limits
  }
}
