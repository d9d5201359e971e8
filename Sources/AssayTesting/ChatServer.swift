import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

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

  /// The port that it listens on.
  public let port: UInt16
  private let listener: Int32
  private let requests = Locked<[Request]>([])
  private let answer: @Sendable (Request, Int) -> Reply

  /// Starts to listen; `answer` gets each request with its number from 0.
  public init(_ answer: @escaping @Sendable (Request, Int) -> Reply) throws {
    self.answer = answer
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let (listener, size) = (listener, length)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) == 0 && listen(listener, 64) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard isBound else { throw AssayError(.io, "no port to listen on") }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        Thread.detachNewThread { self.serve(connection) }
      }
    }
  }

  /// Stops to listen.
  public func stop() {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// What clients connect to.
  public var address: String { "http://127.0.0.1:\(port)" }
  /// All requests so far.
  public var log: [Request] { requests.withLock { $0 } }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    guard let request = Self.read(connection) else { return }
    let number = requests.withLock {
      $0.append(request)
      return $0.count - 1
    }
    let reply = answer(request, number)
    if reply.delay > 0 { usleep(UInt32(reply.delay * 1e6)) }
    var head = "HTTP/1.1 \(reply.status) Status\r\nConnection: close\r\n"
    for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
    head += "Content-Length: \(reply.body.utf8.count)\r\n\r\n"
    let bytes = Array((head + reply.body).utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { rest -> Int in
        #if canImport(Glibc)
          return Glibc.send(connection, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        #else
          return Darwin.send(connection, rest.baseAddress, rest.count, 0)
        #endif
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  private static func read(_ connection: Int32) -> Request? {
    let end = Data("\r\n\r\n".utf8)
    var buffer = Data()
    var piece = [UInt8](repeating: 0, count: 4096)
    func more() -> Bool {
      let count = recv(connection, &piece, piece.count, 0)
      guard count > 0 else { return false }
      buffer += piece[..<count]
      return true
    }
    while buffer.range(of: end) == nil { guard more() else { return nil } }
    guard let found = buffer.range(of: end) else { return nil }
    let lines = String(decoding: buffer[..<found.lowerBound], as: UTF8.self)
      .components(separatedBy: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...]
        .trimmingCharacters(in: .whitespaces)
    }
    let length = headers["content-length"].flatMap(Int.init) ?? 0
    while buffer.count - found.upperBound < length { guard more() else { return nil } }
    let body = Data(buffer[found.upperBound...].prefix(length))
    let words = lines[0].split(separator: " ").map(String.init)
    guard words.count == 3, let value = try? JSONDecoder().decode(JSONValue.self, from: body)
    else { return nil }
    return Request(path: words[1], headers: headers, body: value)
  }
}
