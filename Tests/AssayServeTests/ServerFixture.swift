import AssayCore
import AssayModels
import AssayTesting
import Foundation

@testable import AssayServe

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A server of a tiny model, for one test.
struct ServerFixture {
  let bundle: ModelBundle
  let address: String
  private let server: ModelServer
  private let running: Task<Void, any Error>

  /// Starts to serve on a free port.
  static func start(
    _ change: (inout ServerSettings) -> Void = { _ in }
  ) async throws -> ServerFixture {
    let tiny = try TinyModel.make(vocabularySize: 512)
    let bundle = try ModelBundle(
      model: tiny.model, tokenizer: tiny.tokenizer, stop: tiny.endOfSequence,
      chatTemplate: template)
    var settings = ServerSettings(modelName: "tiny")
    change(&settings)
    let server = try ModelServer(bundle, settings)
    let (addresses, found) = AsyncStream<String>.makeStream()
    let running = Task {
      defer { found.finish() }
      try await server.run { found.yield($0) }
    }
    var iterator = addresses.makeAsyncIterator()
    guard let address = await iterator.next() else {
      try await running.value
      throw AssayError(.io, "the server ended before it listened")
    }
    return ServerFixture(bundle: bundle, address: address, server: server, running: running)
  }

  private static let template = """
    {% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}\
    {% if add_generation_prompt %}<|assistant|>{% endif %}
    """

  /// Waits until a text is being written.
  func waitUntilBusy() async throws {
    while server.answering == 0 { try await Task.sleep(for: .milliseconds(2)) }
  }

  /// Ends it and waits for its end.
  func stop() async throws {
    await server.stop()
    try await running.value
  }

  /// An answer.
  struct Answer: Sendable {
    var status: Int
    var headers: [String: String]
    var body: Data

    /// The body as JSON, null where it is none.
    var json: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: body)) ?? .null }

    /// The chunks of a stream without the last mark, nil where that is missing.
    var events: [JSONValue]? {
      var lines = String(decoding: body, as: UTF8.self).components(separatedBy: "\n\n")
        .filter { !$0.isEmpty }
      guard lines.popLast() == "data: [DONE]" else { return nil }
      return lines.compactMap {
        try? JSONDecoder().decode(JSONValue.self, from: Data($0.dropFirst("data: ".count).utf8))
      }
    }
  }

  func get(_ path: String) async throws -> Answer {
    try await send(request(path, method: "GET", body: nil))
  }

  func post(
    _ path: String, _ body: JSONValue, headers: [String: String] = [:]
  ) async throws -> Answer {
    try await post(path, data: try CanonicalJSON.data(body), headers: headers)
  }

  func post(
    _ path: String, data: Data, headers: [String: String] = [:]
  ) async throws -> Answer {
    var request = request(path, method: "POST", body: data)
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    return try await send(request)
  }

  private func request(_ path: String, method: String, body: Data?) -> URLRequest {
    var request = URLRequest(url: URL(string: address + path) ?? URL(fileURLWithPath: "/"))
    request.httpMethod = method
    request.httpBody = body
    request.timeoutInterval = 30
    return request
  }

  private func send(_ request: URLRequest) async throws -> Answer {
    let (data, response) = try await URLSession.shared.data(for: request)
    let http = response as? HTTPURLResponse
    var headers: [String: String] = [:]
    for (name, value) in http?.allHeaderFields ?? [:] {
      if let name = name as? String, let value = value as? String {
        headers[name.lowercased()] = value
      }
    }
    return Answer(status: http?.statusCode ?? 0, headers: headers, body: data)
  }
}
