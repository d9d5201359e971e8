import AssayCore
import Foundation

/// A way of hiding what was planted, with its options.
public struct HidingRequest: Codable, Hashable, Sendable {
  /// The hiding's name.
  public var name: String
  /// Options by name; what is missing keeps its default.
  public var options: JSONValue

  /// Makes a request.
  public init(_ name: String, options: JSONValue = [:]) {
    self.name = name
    self.options = options
  }

  /// Reads `NAME` or `NAME:key=value,key=value`; throws `AssayError(.usage)` for anything else.
  ///
  /// A value is read as JSON when it is JSON (`size=0.01`) and as text otherwise.
  public init(parsing text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    name = parts.first.map(String.init) ?? ""
    var options: [String: JSONValue] = [:]
    for assignment in parts.count > 1 ? parts[1].split(separator: ",") : [] {
      guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
        throw AssayError(
          .usage, "'\(assignment)' of hiding '\(name)' is not of the form key=value",
          hint: "write for example --hide noise:size=0.01")
      }
      let value = String(assignment[assignment.index(after: equals)...])
      options[String(assignment[..<equals])] =
        (try? JSONDecoder().decode(JSONValue.self, from: Data(value.utf8))) ?? .string(value)
    }
    self.options = .object(options)
  }

  /// The request as ``init(parsing:)`` reads it.
  public var written: String {
    get throws {
      let given = try (options.object ?? [:]).sorted { $0.key < $1.key }.map { key, value in
        "\(key)=\(try value.string ?? CanonicalJSON.string(value))"
      }
      return name + (given.isEmpty ? "" : ":" + given.joined(separator: ","))
    }
  }

  /// Where a sealed truth's options keep how it was hidden, which is no option of any attack.
  static let optionsKey = "hiding"

  /// How the organism behind `truth` was hidden, in order.
  static func recorded(in truth: GroundTruth) throws -> [HidingRequest] {
    guard let value = truth.options[optionsKey] else { return [] }
    return try CanonicalJSON.decode(
      from: CanonicalJSON.data(value), origin: "the hiding of a truth")
  }
}
