import AssayCore
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Asks a language model behind an OpenAI- or Anthropic-compatible chat endpoint.
///
/// What may pass by itself (no connection, a timeout, status 408, 429 or 5xx) is tried again with growing
/// pauses, or after as long as the server asks for. The key goes into one header and nowhere else. Where a
/// temperature is refused with status 400, the same is asked without one, from then on at once.
public struct ChatEndpoint: Sendable {
  /// A try that failed and is worth another.
  private struct Passing: Error {
    var reason: String
    var wait: Double?
    var isUnreachable = false
  }

  /// A refusal because of the temperature.
  private struct Untempered: Error {}

  /// Where and how.
  public let settings: ChatSettings
  /// Whether the endpoint takes no temperature, once that is known.
  private let refusesTemperature = Locked(false)

  /// Makes a client; nothing is sent yet.
  public init(_ settings: ChatSettings) { self.settings = settings }

  /// The model's answer to `turns`, which begin and end with something told.
  ///
  /// Throws `AssayError`: `.unreachable` or `.io` when all tries failed or the endpoint refuses,
  /// `.contextExceeded` when it refuses because of the length, and `.badAnswer` when it answers in another
  /// form.
  public func answer(
    system: String, _ turns: [ChatTurn], functions: [ChatFunction] = []
  ) async throws -> ChatAnswer {
    var last = Passing(reason: "nothing was tried")
    for attempt in 0..<settings.attempts {
      if attempt > 0 {
        let growing = settings.backoff * pow(2, Double(min(attempt - 1, 30)))
        try await Task.sleep(
          for: .seconds(min(max(growing, last.wait ?? 0), settings.longestPause)))
      }
      do {
        var answer = try await tempered(system, turns, functions)
        answer.retries = attempt
        return answer
      } catch let passing as Passing {
        last = passing
      }
    }
    throw AssayError(
      last.isUnreachable ? .unreachable : .io,
      "the \(settings.speaker.role)'s endpoint was tried \(settings.attempts) times, the last time "
        + last.reason, hint: "check \(settings.address), then try again")
  }

  /// One try, and where the temperature is refused another without it.
  private func tempered(
    _ system: String, _ turns: [ChatTurn], _ functions: [ChatFunction]
  ) async throws -> ChatAnswer {
    let isTempered = settings.temperature != nil && !refusesTemperature.withLock { $0 }
    do {
      let request = try request(system, turns, functions, isTempered: isTempered)
      var answer = try await once(request, isTempered: isTempered)
      answer.isUntempered = settings.temperature != nil && !isTempered
      return answer
    } catch is Untempered {
      let request = try request(system, turns, functions, isTempered: false)
      var answer = try await once(request, isTempered: false)
      answer.isUntempered = true
      refusesTemperature.withLock { $0 = true }
      return answer
    }
  }

  private func once(_ request: URLRequest, isTempered: Bool) async throws -> ChatAnswer {
    let (data, response): (Data, URLResponse)
    do {
      (data, response) = try await URLSession.shared.data(for: request)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      try Task.checkCancellation()
      let isLate = (error as? URLError)?.code == .timedOut
      throw Passing(
        reason: isLate ? "it took longer than \(settings.timeout) s" : "nobody answered",
        isUnreachable: !isLate)
    }
    let who = "the \(settings.speaker.role)'s endpoint"
    guard let http = response as? HTTPURLResponse else {
      throw AssayError(.badAnswer, "\(who) does not speak HTTP")
    }
    let value = try? JSONDecoder().decode(JSONValue.self, from: data)
    guard (200..<300).contains(http.statusCode) else {
      throw refusal(http, value, isTempered: isTempered)
    }
    guard let value, let answer = Self.dialect(settings).read(value) else {
      throw AssayError(.badAnswer, "\(who) answers in an unknown form")
    }
    return answer
  }

  private func refusal(
    _ http: HTTPURLResponse, _ body: JSONValue?, isTempered: Bool
  ) -> any Error {
    let status = http.statusCode
    if status == 408 || status == 429 || status >= 500 {
      let wait = http.value(forHTTPHeaderField: "Retry-After").flatMap(Self.seconds)
      return Passing(reason: "it answered with status \(status)", wait: wait)
    }
    let who = "the \(settings.speaker.role)'s endpoint"
    let code = body?["error"]?["code"]?.string ?? ""
    let says = body?["error"]?["message"]?.string ?? body?["message"]?.string ?? ""
    let isTooLong =
      code == "context_length_exceeded" || status == 413
      || (status == 400 && Self.lengthWords.contains { says.lowercased().contains($0) })
    if isTooLong {
      return AssayError(
        .contextExceeded, "\(who) holds no conversation of this length",
        hint: "choose a model with a longer context")
    }
    if isTempered, status == 400,
      (says + (body?["error"]?["param"]?.string ?? "")).lowercased().contains("temperature")
    {
      return Untempered()
    }
    let isKey = status == 401 || status == 403
    // Servers repeat parts of a key that they refuse.
    let reason = isKey || says.isEmpty ? "" : ": " + quoted(says)
    return AssayError(
      .io, "\(who) refuses with status \(status)\(reason)",
      hint: isKey
        ? "set \(settings.keyVariable) to a key that it takes"
        : "check \(settings.address) and the model '\(settings.model)'")
  }

  /// What Anthropic's, vLLM's and llama.cpp's servers say of a conversation that is too long.
  private static let lengthWords = [
    "prompt is too long", "maximum context length", "exceeds the available context size",
  ]
  /// Most characters of what a server says in a message.
  private static let mostQuoted = 300

  /// The beginning of what a server says, in one line and without the key.
  private func quoted(_ text: String) -> String {
    let hidden = settings.key.map { text.replacingOccurrences(of: $0, with: "…") } ?? text
    return String(
      hidden.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(Self.mostQuoted))
  }

  /// The seconds that `Retry-After` asks for: a number, or a date of HTTP.
  static func seconds(_ header: String) -> Double? {
    if let seconds = Double(header) { return max(0, seconds) }
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return format.date(from: header).map { max(0, $0.timeIntervalSinceNow) }
  }

  private static func dialect(_ settings: ChatSettings) -> any ChatDialect.Type {
    switch settings.kind {
    case .openAI: OpenAIDialect.self
    case .anthropic: AnthropicDialect.self
    }
  }

  func request(
    _ system: String, _ turns: [ChatTurn], _ functions: [ChatFunction], isTempered: Bool = true
  ) throws -> URLRequest {
    let dialect = Self.dialect(settings)
    var body = dialect.body(system: system, turns, functions)
    body["model"] = .string(settings.model)
    // OpenAI's own newer models refuse the older name, the only one that many other servers know.
    let isOpenAI = settings.kind == .openAI && settings.base.host == "api.openai.com"
    body[isOpenAI ? "max_completion_tokens" : "max_tokens"] = JSONValue(settings.mostTokens)
    if isTempered, let temperature = settings.temperature {
      body["temperature"] = .number(temperature)
    }
    var request = URLRequest(url: settings.base.appendingPathComponent(dialect.path))
    request.httpMethod = "POST"
    request.timeoutInterval = settings.timeout
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    for (name, value) in dialect.headers(key: settings.key) {
      request.setValue(value, forHTTPHeaderField: name)
    }
    request.httpBody = try CanonicalJSON.data(body)
    return request
  }
}

extension AssayError.Code {
  /// A chat endpoint answered in a form that is none.
  public static let badAnswer = AssayError.Code(rawValue: "badAnswer")
  /// A conversation is longer than a chat model's context.
  public static let contextExceeded = AssayError.Code(rawValue: "contextExceeded")
}
