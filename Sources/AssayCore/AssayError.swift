/// What went wrong, in words a user can act on.
///
/// Bad input (files, options, budgets, rules) throws this type; programmer errors trap instead.
public struct AssayError: Error, Codable, Hashable, Sendable {
  /// The kind of failure, stable across versions so that programs can tell failures apart.
  public struct Code: RawRepresentable, Hashable, Sendable, Codable {
    /// The name written in ledgers and machine-readable output.
    public var rawValue: String

    /// Makes a code from its name.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// The command line was not understood.
    public static let usage = Code(rawValue: "usage")
    /// A value given by the caller is out of its range or of the wrong kind.
    public static let badInput = Code(rawValue: "badInput")
    /// A file exists but cannot be read.
    public static let unreadable = Code(rawValue: "unreadable")
    /// A file was read and its contents break its format.
    public static let corrupt = Code(rawValue: "corrupt")
    /// The input is valid and this version does not handle it.
    public static let unsupported = Code(rawValue: "unsupported")
    /// The rules of the game forbid it.
    public static let forbidden = Code(rawValue: "forbidden")
    /// A budget of calls, tokens or seconds is spent.
    public static let budget = Code(rawValue: "budget")
    /// The operating system refused to read or write.
    public static let io = Code(rawValue: "io")
    /// A record does not agree with itself: it was changed after it was written.
    public static let integrity = Code(rawValue: "integrity")
    /// No server answered: there is no network, or nothing at the address.
    public static let unreachable = Code(rawValue: "unreachable")
    /// Something named does not exist.
    public static let notFound = Code(rawValue: "notFound")
  }

  /// The kind of failure.
  public var code: Code
  /// What happened, lower case, without a full stop.
  public var message: String
  /// What the user can do about it.
  public var hint: String?

  /// Makes an error of kind `code`.
  public init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }
}

extension AssayError: CustomStringConvertible {
  /// The message, and below it the hint if there is one.
  public var description: String {
    guard let hint else { return message }
    return "\(message)\n  hint: \(hint)"
  }
}
