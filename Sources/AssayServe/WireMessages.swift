import AssayCore
import Foundation

/// A request of HTTP with its whole body.
struct WireRequest: Sendable {
  var method: String
  var path: String
  /// The header of that name, in whatever letter case.
  var header: @Sendable (String) -> String?
  var body: Data
}

/// What is sent back.
enum WireResponse: Sendable {
  /// One JSON value.
  case whole(status: Int, body: Data, headers: [String: String])
  /// Server-sent events, as they come.
  case events(AsyncStream<Data>)

  /// A value with status 200.
  static func value(_ value: JSONValue) throws -> WireResponse {
    .whole(status: 200, body: try CanonicalJSON.data(value), headers: [:])
  }

  /// A refusal.
  static func failure(_ failure: APIFailure) -> WireResponse {
    var headers: [String: String] = [:]
    if let seconds = failure.retryAfter { headers["Retry-After"] = "\(seconds)" }
    if failure.status == 401 { headers["WWW-Authenticate"] = "Bearer" }
    return .whole(
      status: failure.status, body: (try? CanonicalJSON.data(failure.body)) ?? Data(),
      headers: headers)
  }
}
