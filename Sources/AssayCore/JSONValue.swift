/// Any JSON value: tool arguments, tool results and the bodies of ledger entries.
public enum JSONValue: Hashable, Sendable {
  /// The absent value.
  case null
  /// True or false.
  case bool(Bool)
  /// A number; whole numbers are written without a fraction.
  case number(Double)
  /// Text.
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Values by name.
  case object([String: JSONValue])
}

extension JSONValue {
  /// The value called `key`, nil when there is none or this is not an object.
  public subscript(key: String) -> JSONValue? {
    get {
      guard case .object(let members) = self else { return nil }
      return members[key]
    }
    set {
      guard case .object(var members) = self else {
        if let newValue { self = .object([key: newValue]) }
        return
      }
      members[key] = newValue
      self = .object(members)
    }
  }

  /// The value at `index`, nil when there is none or this is not an array.
  public subscript(index: Int) -> JSONValue? {
    guard case .array(let values) = self, values.indices.contains(index) else { return nil }
    return values[index]
  }

  /// The text, nil when this is something else.
  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  /// The number, nil when this is something else.
  public var double: Double? {
    if case .number(let value) = self { value } else { nil }
  }

  /// The whole number, nil when this is something else or has a fraction.
  public var int: Int? {
    if case .number(let value) = self { Int(exactly: value) } else { nil }
  }

  /// True or false, nil when this is something else.
  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  /// The elements, nil when this is something else.
  public var array: [JSONValue]? {
    if case .array(let values) = self { values } else { nil }
  }

  /// The members, nil when this is something else.
  public var object: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }

  /// The elements when all of them are text, otherwise nil.
  public var strings: [String]? {
    guard let values = array else { return nil }
    let texts = values.compactMap(\.string)
    return texts.count == values.count ? texts : nil
  }

  /// The elements when all of them are numbers, otherwise nil.
  public var doubles: [Double]? {
    guard let values = array else { return nil }
    let numbers = values.compactMap(\.double)
    return numbers.count == values.count ? numbers : nil
  }

  /// What kind of value this is, for messages, such as "text" or "a whole number".
  public var kind: String {
    switch self {
    case .null: "nothing"
    case .bool: "true or false"
    case .number(let value): Int(exactly: value) == nil ? "a number" : "a whole number"
    case .string: "text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

extension JSONValue: Codable {
  /// Reads any JSON value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(String.self) {
      // Before numbers: a decoder may read "nan" as a number.
      self = .string(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let values = try? container.decode([JSONValue].self) {
      self = .array(values)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Writes the value as JSON; numbers that JSON cannot hold become "nan", "inf" or "-inf".
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .number(let value):
      if let whole = Int64(exactly: value) {
        try container.encode(whole)
      } else if value.isFinite {
        try container.encode(value)
      } else {
        try container.encode(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
      }
    case .string(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let members): try container.encode(members)
    }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// Makes a null.
  public init(nilLiteral: ()) { self = .null }
  /// Makes a truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Makes a number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// Makes a number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// Makes text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Makes a list.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// Makes an object; a name given twice keeps its last value.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }

  /// Makes a number.
  public init(_ value: Int) { self = .number(Double(value)) }
  /// Makes a number.
  public init(_ value: Double) { self = .number(value) }
  /// Makes text.
  public init(_ value: String) { self = .string(value) }
  /// Makes a truth value.
  public init(_ value: Bool) { self = .bool(value) }
  /// Makes a list of texts.
  public init(_ values: [String]) { self = .array(values.map(JSONValue.string)) }
  /// Makes a list of numbers.
  public init(_ values: [Double]) { self = .array(values.map(JSONValue.number)) }
  /// Makes a list of numbers.
  public init(_ values: [Int]) { self = .array(values.map { .number(Double($0)) }) }
}
