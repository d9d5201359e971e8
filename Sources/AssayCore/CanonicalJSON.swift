import Foundation

/// JSON with one spelling per value, so that equal values have equal hashes.
///
/// Keys are sorted, slashes are not escaped, there is no white space unless `pretty`; numbers that
/// JSON cannot hold are written as the texts "nan", "inf" and "-inf".
public enum CanonicalJSON {
  /// The bytes of `value` in canonical form; `pretty` adds line breaks for people to read.
  public static func data<T: Encodable>(_ value: T, pretty: Bool = false) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if pretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(value)
  }

  /// The text of `value` in canonical form.
  public static func string<T: Encodable>(_ value: T, pretty: Bool = false) throws -> String {
    String(decoding: try data(value, pretty: pretty), as: UTF8.self)
  }

  /// Reads a value back; errors name `origin` (a file, a line) and the place inside it.
  public static func decode<T: Decodable>(
    _ type: T.Type = T.self, from data: Data, origin: String
  ) throws -> T {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(type, from: data)
    } catch let error as DecodingError {
      throw AssayError(.corrupt, "\(origin): \(explain(error))")
    }
  }

  /// Turns any value into a JSON value, by way of its encoding.
  public static func value<T: Encodable>(_ value: T) throws -> JSONValue {
    try decode(JSONValue.self, from: data(value), origin: "a value in memory")
  }

  private static func explain(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context):
      "'\(path(context.codingPath + [key]))' is missing"
    case .typeMismatch(_, let context):
      "'\(path(context.codingPath))' has the wrong type: \(lowerCased(context.debugDescription))"
    case .valueNotFound(_, let context):
      "'\(path(context.codingPath))' has no value"
    case .dataCorrupted(let context):
      context.codingPath.isEmpty
        ? "not valid JSON: \(lowerCased(context.debugDescription))"
        : "'\(path(context.codingPath))': \(lowerCased(context.debugDescription))"
    @unknown default:
      "not valid JSON"
    }
  }

  private static func path(_ keys: [any CodingKey]) -> String {
    keys.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
      .joined().trimmingPrefix(".").description
  }

  private static func lowerCased(_ text: String) -> String {
    let trimmed = text.hasSuffix(".") ? String(text.dropLast()) : text
    return trimmed.prefix(1).lowercased() + trimmed.dropFirst()
  }
}
