import AssayCore
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Asks a language model behind an OpenAI- or Anthropic-compatible chat endpoint, at temperature 0.
///
/// What may pass by itself (no connection, a timeout, status 408, 429 or 5xx) is tried again with growing
/// pauses, or after as long as the server asks for. The key goes into one header and nowhere else.
struct ChatEndpoint: Sendable {
  /// One turn.
  struct Message: Hashable, Sendable {
    var role: String
    var content: String
  }

  /// A try that failed and is worth another.
  private struct Passing: Error {
    var reason: String
    var wait: Double?
    var isUnreachable = false
  }

  let settings: Settings

  init(_ settings: Settings) { self.settings = settings }

  /// The model's answer to `messages`.
  ///
  /// Throws `AssayError`: `.unreachable` or `.io` when all tries failed or the endpoint refuses, and
  /// `.judgeFailed` when it answers in another form.
  func answer(system: String, _ messages: [Message]) async throws -> String {
    let request = try request(system, messages)
    var last = Passing(reason: "nothing was tried")
    for attempt in 0..<settings.attempts {
      if attempt > 0 {
        let growing = settings.backoff * pow(2, Double(attempt - 1))
        try await Task.sleep(
          for: .seconds(min(max(growing, last.wait ?? 0), settings.longestPause)))
      }
      do {
        return try await once(request)
      } catch let passing as Passing {
        last = passing
      }
    }
    throw AssayError(
      last.isUnreachable ? .unreachable : .io,
      "the judge's endpoint was tried \(settings.attempts) times, the last time \(last.reason)",
      hint: "check \(settings.address), then judge again")
  }

  private func once(_ request: URLRequest) async throws -> String {
    let (data, response): (Data, URLResponse)
    do {
      (data, response) = try await URLSession.shared.data(for: request)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      let isLate = (error as? URLError)?.code == .timedOut
      throw Passing(
        reason: isLate ? "it took longer than \(settings.timeout) s" : "nobody answered",
        isUnreachable: !isLate)
    }
    guard let http = response as? HTTPURLResponse else {
      throw AssayError(.judgeFailed, "the judge's endpoint does not speak HTTP")
    }
    guard (200..<300).contains(http.statusCode) else {
      let status = http.statusCode
      if status == 408 || status == 429 || status >= 500 {
        let wait = http.value(forHTTPHeaderField: "Retry-After").flatMap(Double.init)
        throw Passing(reason: "it answered with status \(status)", wait: wait)
      }
      throw AssayError(
        .io, "the judge's endpoint refuses with status \(status)",
        hint: status == 401 || status == 403
          ? "set \(settings.keyVariable) to a key that it takes"
          : "check \(settings.address) and the model '\(settings.model)'")
    }
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: data),
      let text = text(in: value)
    else { throw AssayError(.judgeFailed, "the judge's endpoint answers in an unknown form") }
    return text
  }

  // MARK: The two dialects

  private func request(_ system: String, _ messages: [Message]) throws -> URLRequest {
    func turn(_ message: Message) -> JSONValue {
      ["role": .string(message.role), "content": .string(message.content)]
    }
    var body: JSONValue = [
      "model": .string(settings.model), "temperature": 0, "max_tokens": 1024,
    ]
    let path: String
    var headers = ["Content-Type": "application/json"]
    switch settings.kind {
    case .anthropic:
      path = "v1/messages"
      body["system"] = .string(system)
      body["messages"] = .array(messages.map(turn))
      headers["anthropic-version"] = "2023-06-01"
      headers["x-api-key"] = settings.key
    case .openAI:
      path = "chat/completions"
      body["messages"] = .array(
        [turn(Message(role: "system", content: system))] + messages.map(turn))
      headers["Authorization"] = settings.key.map { "Bearer \($0)" }
    }
    var request = URLRequest(url: settings.base.appendingPathComponent(path))
    request.httpMethod = "POST"
    request.timeoutInterval = settings.timeout
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    request.httpBody = try CanonicalJSON.data(body)
    return request
  }

  private func text(in value: JSONValue) -> String? {
    switch settings.kind {
    case .anthropic:
      let parts = value["content"]?.array?.filter { $0["type"] == "text" } ?? []
      let texts = parts.compactMap { $0["text"]?.string }
      return texts.isEmpty ? nil : texts.joined()
    case .openAI: return value["choices"]?[0]?["message"]?["content"]?.string
    }
  }
}
