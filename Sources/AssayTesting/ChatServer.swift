import AssayCore
import Foundation

/// A chat endpoint on this computer alone, which answers as a test wishes: it replays, stalls, is too busy,
/// or talks nonsense.
///
/// ```swift
/// let server = try ChatServer { request, number in number == 0 ? .init(status: 429) : .saying("yes") }
/// defer { server.stop() }
/// ```
public final class ChatServer: Sendable {
  /// What a client asked for.
  public struct Request: Sendable {
    /// The path with its query.
    public var path: String
    /// By lower-case name.
    public var headers: [String: String]
    /// The body.
    public var body: JSONValue

    /// The system's text in either dialect.
    public var system: String {
      body["system"]?.string ?? turns.first { $0["role"] == "system" }?["content"]?.string ?? ""
    }
    /// The turns of user and assistant.
    public var turns: [JSONValue] { body["messages"]?.array ?? [] }
    /// The first turn of the user.
    public var user: String { turns.first { $0["role"] == "user" }?["content"]?.string ?? "" }
  }

  /// What the server answers.
  public struct Reply: Sendable {
    /// The status of HTTP.
    public var status: Int
    /// Further headers.
    public var headers: [String: String]
    /// The body, JSON or not.
    public var body: String
    /// Seconds before anything is sent.
    public var delay: Double

    /// Makes an answer.
    public init(
      status: Int = 200, headers: [String: String] = [:], body: String = "", delay: Double = 0
    ) {
      self.status = status
      self.headers = headers
      self.body = body
      self.delay = delay
    }

    /// An answer in OpenAI's form.
    public static func saying(_ text: String) -> Reply {
      let body: JSONValue = [
        "choices": [["message": ["role": "assistant", "content": .string(text)]]]
      ]
      return Reply(body: (try? CanonicalJSON.string(body)) ?? "")
    }

    /// Calls of functions in OpenAI's form, with arguments as they are, JSON or not.
    public static func calling(_ calls: (name: String, arguments: String)...) -> Reply {
      let calls = calls.enumerated().map { number, call -> JSONValue in
        [
          "id": .string("call-\(number)"), "type": "function",
          "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
        ]
      }
      let body: JSONValue = [
        "choices": [
          [
            "message": ["role": "assistant", "content": .null, "tool_calls": .array(calls)],
            "finish_reason": "tool_calls",
          ]
        ]
      ]
      return Reply(body: (try? CanonicalJSON.string(body)) ?? "")
    }
  }

  private let listener: LoopbackListener
  private let requests: Locked<[Request]>

  /// Starts to listen; `answer` gets each request with its number from 0.
  public init(_ answer: @escaping @Sendable (Request, Int) -> Reply) throws {
    let requests = Locked<[Request]>([])
    self.requests = requests
    listener = try LoopbackListener { connection in
      guard let request = ChatServer.read(connection) else { return }
      let number = requests.withLock {
        $0.append(request)
        return $0.count - 1
      }
      let reply = answer(request, number)
      if reply.delay > 0 { Thread.sleep(forTimeInterval: reply.delay) }
      var head = "HTTP/1.1 \(reply.status) Status\r\nConnection: close\r\n"
      for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
      head += "Content-Length: \(reply.body.utf8.count)\r\n\r\n"
      _ = LoopbackListener.send(Data((head + reply.body).utf8), to: connection)
    }
  }

  /// Stops to listen.
  public func stop() { listener.stop() }

  /// The port that it listens on.
  public var port: UInt16 { listener.port }
  /// What clients connect to.
  public var address: String { listener.address }
  /// All requests so far.
  public var log: [Request] { requests.withLock { $0 } }

  private static func read(_ connection: Int32) -> Request? {
    var buffer = Data()
    guard let head = LoopbackListener.head(of: connection, &buffer) else { return nil }
    let length = head.headers["content-length"].flatMap { Int($0) } ?? 0
    while buffer.count < length {
      guard LoopbackListener.receive(from: connection, &buffer) else { return nil }
    }
    guard let body = try? JSONDecoder().decode(JSONValue.self, from: Data(buffer.prefix(length)))
    else { return nil }
    return Request(path: head.words[1], headers: head.headers, body: body)
  }
}
