import AssayCore

/// One argument that a tool takes.
public struct ToolParameter: Codable, Hashable, Sendable {
  /// The type of an argument's value.
  public struct Kind: RawRepresentable, Hashable, Sendable, Codable {
    /// The words for it in messages, such as "text" or "a list of texts".
    public var rawValue: String

    /// Makes a kind from its words.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    /// A piece of text.
    public static let text = Kind(rawValue: "text")
    /// A number.
    public static let number = Kind(rawValue: "a number")
    /// A number without a fraction.
    public static let integer = Kind(rawValue: "a whole number")
    /// True or false.
    public static let bool = Kind(rawValue: "true or false")
    /// A list of texts.
    public static let texts = Kind(rawValue: "a list of texts")
    /// A list of whole numbers.
    public static let integers = Kind(rawValue: "a list of whole numbers")
    /// A list of numbers.
    public static let numbers = Kind(rawValue: "a list of numbers")
    /// A list of lists of texts.
    public static let textLists = Kind(rawValue: "a list of lists of texts")
    /// Values by name.
    public static let object = Kind(rawValue: "an object")
    /// Anything; the tool checks it itself.
    public static let any = Kind(rawValue: "any value")
  }

  /// The name of the argument.
  public var name: String
  /// The type of its value.
  public var kind: Kind
  /// Whether a call without it is refused.
  public var required: Bool
  /// What it means, in one line.
  public var summary: String
  /// The value when it is not given; nil leaves it out.
  public var defaultValue: JSONValue?

  /// Makes a parameter; one with a default is never required.
  public init(
    name: String, kind: Kind, required: Bool = false, summary: String, default: JSONValue? = nil
  ) {
    self.name = name
    self.kind = kind
    self.required = required && `default` == nil
    self.summary = summary
    defaultValue = `default`
  }
}

extension ToolParameter.Kind {
  /// Whether `value` is of this kind.
  public func accepts(_ value: JSONValue) -> Bool {
    switch self {
    case .text: value.string != nil
    case .number: value.double?.isFinite == true
    case .integer: value.int != nil
    case .bool: value.bool != nil
    case .texts: value.strings != nil
    case .integers: value.array?.allSatisfy { $0.int != nil } == true
    case .numbers: value.doubles != nil
    case .textLists: value.array?.allSatisfy { $0.strings != nil } == true
    case .object: value.object != nil
    default: true
    }
  }
}

extension [ToolParameter] {
  /// Checks the arguments of a call to `tool` and fills in the defaults.
  ///
  /// Throws `AssayError(.badInput)` naming the argument that is unknown, missing or of the wrong
  /// type.
  public func validated(_ arguments: JSONValue, tool: String) throws -> JSONValue {
    guard var given = arguments == .null ? [:] : arguments.object else {
      throw AssayError(
        .badInput, "the arguments of '\(tool)' must be an object, got \(arguments.kind)")
    }
    let known = map(\.name)
    if let stranger = given.keys.sorted().first(where: { !known.contains($0) }) {
      throw AssayError(
        .badInput, "'\(tool)' takes no argument '\(stranger)'",
        hint: known.isEmpty
          ? "it takes no arguments" : "its arguments are: \(known.joined(separator: ", "))")
    }
    for parameter in self {
      guard let value = given[parameter.name], value != .null else {
        if parameter.required {
          throw AssayError(
            .badInput, "'\(tool)' needs the argument '\(parameter.name)'",
            hint: parameter.summary)
        }
        given[parameter.name] = parameter.defaultValue
        continue
      }
      guard parameter.kind.accepts(value) else {
        throw AssayError(
          .badInput,
          "the argument '\(parameter.name)' of '\(tool)' must be \(parameter.kind.rawValue), "
            + "got \(value.kind)", hint: parameter.summary)
      }
    }
    return .object(given)
  }
}
