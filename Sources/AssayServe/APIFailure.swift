import AssayCore

/// Why a request is turned down, in the form in which OpenAI's servers say it.
struct APIFailure: Error, Hashable, Sendable {
  /// The status of HTTP.
  var status: Int
  /// What is wrong, for a person.
  var message: String
  /// The kind, such as "invalid_request_error".
  var type = "invalid_request_error"
  /// The member of the request that is wrong.
  var parameter: String?
  /// What a program can tell apart, such as "model_not_found".
  var code: String?
  /// Seconds after which another try is worth it.
  var retryAfter: Int?

  /// A request that is wrong in one of its members.
  static func invalid(_ parameter: String?, _ message: String, code: String? = nil) -> APIFailure {
    APIFailure(status: 400, message: message, parameter: parameter, code: code)
  }

  /// What the model or its files refused.
  init(_ error: AssayError, parameter: String? = nil) {
    let hint = error.hint.map { " (\($0))" } ?? ""
    self.init(status: 400, message: error.message + hint, parameter: parameter)
    guard [.io, .unreadable, .corrupt, .integrity].contains(error.code) else { return }
    (status, type) = (500, "server_error")
  }

  /// What is told of any error that ends a request.
  static func of(_ error: any Error) -> APIFailure {
    if let failure = error as? APIFailure { return failure }
    if let error = error as? AssayError { return APIFailure(error) }
    return APIFailure(status: 500, message: "the request failed", type: "server_error")
  }

  init(
    status: Int, message: String, type: String = "invalid_request_error", parameter: String? = nil,
    code: String? = nil, retryAfter: Int? = nil
  ) {
    self.status = status
    self.message = message
    self.type = type
    self.parameter = parameter
    self.code = code
    self.retryAfter = retryAfter
  }

  /// The body of the answer.
  var body: JSONValue {
    [
      "error": [
        "message": .string(message), "type": .string(type),
        "param": parameter.map(JSONValue.string) ?? .null,
        "code": code.map(JSONValue.string) ?? .null,
      ]
    ]
  }
}
