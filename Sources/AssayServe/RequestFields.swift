import AssayCore
import Foundation

/// The members of a request's body, read one by one; what does not fit is named.
struct RequestFields: Sendable {
  private let members: [String: JSONValue]

  /// Reads a body that may hold the members `known` and no others.
  ///
  /// Throws `APIFailure` for what is no JSON object and for a member that is unknown.
  init(_ body: Data, known: Set<String>) throws {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: body) else {
      throw APIFailure.invalid(nil, "the body is not valid JSON")
    }
    guard let object = value.object else {
      throw APIFailure.invalid(nil, "the body must be an object, got \(value.kind)")
    }
    if let stranger = object.keys.sorted().first(where: { !known.contains($0) }) {
      throw APIFailure.invalid(
        stranger, "Unrecognized request argument supplied: \(stranger)")
    }
    members = object.filter { $0.value != .null }
  }

  /// The member called `name`, nil where it is missing or null.
  subscript(name: String) -> JSONValue? { members[name] }

  /// The member of that name as text.
  func text(_ name: String) throws -> String? {
    try members[name].map { value in
      guard let text = value.string else { throw refused(name, "text", value) }
      return text
    }
  }

  /// The member of that name as true or false.
  func bool(_ name: String) throws -> Bool? {
    try members[name].map { value in
      guard let bool = value.bool else { throw refused(name, "true or false", value) }
      return bool
    }
  }

  /// The member of that name as a whole number in `range`.
  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    try members[name].map { value in
      guard let number = value.int else { throw refused(name, "a whole number", value) }
      return try within(range, number, name)
    }
  }

  /// The member of that name as a number in `range`.
  func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
    try members[name].map { value in
      guard let number = value.double else { throw refused(name, "a number", value) }
      return try within(range, number, name)
    }
  }

  private func within<Number: Comparable>(
    _ range: ClosedRange<Number>, _ number: Number, _ name: String
  ) throws -> Number {
    guard range.contains(number) else {
      throw APIFailure.invalid(
        name, "'\(name)' must lie in \(range.lowerBound)...\(range.upperBound), got \(number)")
    }
    return number
  }

  /// Throws for a member of that name with another value than those in `harmless`.
  func require(_ name: String, oneOf harmless: [JSONValue]) throws {
    guard let value = members[name], !harmless.contains(value) else { return }
    throw APIFailure(
      status: 400, message: "'\(name)' is not supported here; leave it out", parameter: name,
      code: "unsupported_parameter")
  }

  private func refused(_ name: String, _ wanted: String, _ value: JSONValue) -> APIFailure {
    .invalid(name, "'\(name)' must be \(wanted), got \(value.kind)")
  }
}
