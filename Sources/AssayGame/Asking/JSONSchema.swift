import AssayCore

/// A JSON Schema (2020-12) in the few words that tools need; what is published is what is enforced.
package struct JSONSchema: Hashable, Sendable {
  /// The schema as it is published.
  package var value: JSONValue

  private init(_ value: JSONValue, about: String?) {
    self.value = value
    if let about { self.value["description"] = .string(about) }
  }

  /// Any value.
  package static func any(_ about: String? = nil) -> JSONSchema { JSONSchema([:], about: about) }

  /// Text of at most `most` characters.
  package static func text(_ about: String? = nil, most: Int = 4000) -> JSONSchema {
    JSONSchema(["type": "string", "maxLength": JSONValue(most)], about: about)
  }

  /// One of some texts.
  package static func choice(_ texts: [String], _ about: String? = nil) -> JSONSchema {
    JSONSchema(["type": "string", "enum": JSONValue(texts)], about: about)
  }

  /// A number in a range.
  package static func number(_ range: ClosedRange<Double>, _ about: String? = nil) -> JSONSchema {
    JSONSchema(
      [
        "type": "number", "minimum": .number(range.lowerBound),
        "maximum": .number(range.upperBound),
      ], about: about)
  }

  /// A whole number in a range.
  package static func integer(_ range: ClosedRange<Int>, _ about: String? = nil) -> JSONSchema {
    JSONSchema(
      [
        "type": "integer", "minimum": JSONValue(range.lowerBound),
        "maximum": JSONValue(range.upperBound),
      ], about: about)
  }

  /// A list of at most `most` values.
  package static func list(of items: JSONSchema, most: Int, _ about: String? = nil) -> JSONSchema {
    JSONSchema(
      ["type": "array", "items": items.value, "maxItems": JSONValue(most)], about: about)
  }

  /// An object with these members and no others.
  package static func object(
    _ members: [String: JSONSchema], required: [String] = [], _ about: String? = nil
  ) -> JSONSchema {
    JSONSchema(
      [
        "type": "object", "properties": .object(members.mapValues(\.value)),
        "required": JSONValue(required), "additionalProperties": false,
      ], about: about)
  }

  /// An object whose members, whatever their names, are all alike.
  package static func dictionary(of member: JSONSchema, _ about: String? = nil) -> JSONSchema {
    JSONSchema(["type": "object", "additionalProperties": member.value], about: about)
  }

  /// The arguments of a tool.
  package static func arguments(_ parameters: [ToolParameter]) -> JSONSchema {
    var members: [String: JSONSchema] = [:]
    for parameter in parameters {
      var schema = JSONSchema(type(of: parameter.kind), about: parameter.summary)
      if let value = parameter.defaultValue { schema.value["default"] = value }
      members[parameter.name] = schema
    }
    return object(members, required: parameters.filter(\.required).map(\.name))
  }

  private static func type(of kind: ToolParameter.Kind) -> JSONValue {
    switch kind {
    case .text: ["type": "string"]
    case .number: ["type": "number"]
    case .integer: ["type": "integer"]
    case .bool: ["type": "boolean"]
    case .texts: ["type": "array", "items": ["type": "string"]]
    case .integers: ["type": "array", "items": ["type": "integer"]]
    case .numbers: ["type": "array", "items": ["type": "number"]]
    case .textLists:
      ["type": "array", "items": ["type": "array", "items": ["type": "string"]]]
    case .object: ["type": "object"]
    default: [:]
    }
  }

  /// A number, alike in every locale.
  private static func plain(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  /// Throws `AssayError(.badInput)` naming the first place, below `place`, that does not fit.
  package func validate(_ value: JSONValue, at place: String) throws {
    try Self.validate(value, by: self.value, at: place)
  }

  private static func validate(_ value: JSONValue, by schema: JSONValue, at place: String) throws {
    func refuse(_ message: String) -> AssayError { AssayError(.badInput, "\(place) \(message)") }
    if let type = schema["type"]?.string {
      let fits: Bool =
        switch type {
        case "string": value.string != nil
        case "number": value.double?.isFinite == true
        case "integer": value.int != nil
        case "boolean": value.bool != nil
        case "array": value.array != nil
        default: value.object != nil
        }
      guard fits else { throw refuse("must be of type '\(type)', got \(value.kind)") }
    }
    if let choices = schema["enum"]?.array, !choices.contains(value) {
      let known = choices.compactMap(\.string).joined(separator: ", ")
      throw refuse("must be one of: \(known)")
    }
    if let most = schema["maxLength"]?.int, let length = value.string?.unicodeScalars.count,
      length > most
    {
      throw refuse("must have at most \(most) characters, got \(length)")
    }
    if let number = value.double {
      if let least = schema["minimum"]?.double, number < least {
        throw refuse("must be at least \(plain(least)), got \(number)")
      }
      if let most = schema["maximum"]?.double, number > most {
        throw refuse("must be at most \(plain(most)), got \(number)")
      }
    }
    if let values = value.array {
      if let most = schema["maxItems"]?.int, values.count > most {
        throw refuse("must have at most \(most) elements, got \(values.count)")
      }
      guard let items = schema["items"] else { return }
      for (index, element) in values.enumerated() {
        try validate(element, by: items, at: "\(place)[\(index)]")
      }
    }
    guard let members = value.object else { return }
    let known = schema["properties"]?.object ?? [:]
    for name in schema["required"]?.strings ?? [] where members[name] == nil {
      throw refuse("needs '\(name)'")
    }
    for (name, member) in members.sorted(by: { $0.key < $1.key }) {
      if let own = known[name] {
        try validate(member, by: own, at: "\(place).\(name)")
      } else if let others = schema["additionalProperties"] {
        guard others != .bool(false) else {
          throw refuse(
            "takes no '\(name)'; it takes: \(known.keys.sorted().joined(separator: ", "))")
        }
        try validate(member, by: others, at: "\(place).\(name)")
      }
    }
  }
}
