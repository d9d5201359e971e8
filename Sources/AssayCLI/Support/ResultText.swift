import AssayCore

/// A tool's result as indented lines for a person.
enum ResultText {
  /// The lines; what is listed under `all` is for programs and left out.
  static func lines(_ value: JSONValue, indent: Int = 2) -> [String] {
    let space = String(repeating: " ", count: indent)
    switch value {
    case .object(let members):
      return members.keys.sorted().filter { $0 != "all" }.flatMap { key -> [String] in
        let member = members[key] ?? .null
        if let short = inline(member) { return ["\(space)\(key): \(short)"] }
        return ["\(space)\(key):"] + lines(member, indent: indent + 2)
      }
    case .array(let values):
      return values.flatMap { entry -> [String] in
        if let short = inline(entry) { return ["\(space)- \(short)"] }
        var own = lines(entry, indent: indent + 2)
        if !own.isEmpty { own[0] = "\(space)- " + own[0].dropFirst(indent + 2) }
        return own
      }
    default:
      return ["\(space)\(text(value))"]
    }
  }

  /// Scalars, lists of scalars and small objects of scalars on one line; nil for anything else.
  private static func inline(_ value: JSONValue) -> String? {
    switch value {
    case .object(let members):
      guard members.count <= 3, members.values.allSatisfy(isScalar) else { return nil }
      return members.keys.sorted().map { "\($0) \(text(members[$0] ?? .null))" }
        .joined(separator: ", ")
    case .array(let values):
      guard values.allSatisfy(isScalar) else { return values.isEmpty ? "none" : nil }
      return values.map(text).joined(separator: ", ")
    default:
      return text(value)
    }
  }

  private static func isScalar(_ value: JSONValue) -> Bool {
    value.array == nil && value.object == nil
  }

  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: "none"
    case .bool(let flag): flag ? "yes" : "no"
    case .number(let number):
      number == number.rounded() && abs(number) < 1e15
        ? String(Int(number)) : String(number)
    case .string(let text): text.debugDescription
    default: ""
    }
  }
}
