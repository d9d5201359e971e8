import AssayCore
import AssayTesting
import Foundation

/// A web server on this computer alone, one thread per connection, that can misbehave.
final class TestServer: Sendable {
  /// What a client asked for.
  struct Request: Sendable {
    var method: String
    var path: String
    /// By lower-case name.
    var headers: [String: String]

    /// The bytes that are asked for, nil: all.
    var range: ClosedRange<Int>? {
      guard let match = headers["range"]?.wholeMatch(of: /bytes=(\d+)-(\d+)/),
        let first = Int(match.1), let last = Int(match.2)
      else { return nil }
      return first...last
    }
  }

  /// What the server answers, and how it misbehaves.
  struct Reply: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body = Data()
    /// The length that is announced instead of the body's own.
    var announced: Int?
    /// Whether no length is announced: the body ends with the connection.
    var hidesLength = false
    /// Bytes of the body after which the connection is cut.
    var cutAfter: Int?
    /// Bytes of the body after which nothing more comes.
    var stallAfter: Int?
  }

  private let listener: LoopbackListener
  private let requests: Locked<[Request]>
  private let isClosed: Locked<Bool>

  /// Starts to listen; `answer` decides on each request.
  init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
    let requests = Locked<[Request]>([])
    let isClosed = Locked(false)
    self.requests = requests
    self.isClosed = isClosed
    listener = try LoopbackListener { connection in
      var buffer = Data()
      while let head = LoopbackListener.head(of: connection, &buffer) {
        let request = Request(method: head.words[0], path: head.words[1], headers: head.headers)
        requests.withLock { $0.append(request) }
        let isHead = request.method == "HEAD"
        guard TestServer.send(answer(request), to: connection, isHead: isHead, isClosed)
        else { return }
      }
    }
  }

  /// Stops to listen.
  func stop() {
    isClosed.withLock { $0 = true }
    listener.stop()
  }

  /// Its address.
  var address: String { listener.address }

  /// All requests so far.
  var log: [Request] { requests.withLock { $0 } }

  private static func send(
    _ reply: Reply, to connection: Int32, isHead: Bool, _ isClosed: Locked<Bool>
  ) -> Bool {
    var head = "HTTP/1.1 \(reply.status) Status\r\n"
    for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
    head +=
      reply.hidesLength
      ? "Connection: close\r\n\r\n"
      : "Content-Length: \(reply.announced ?? reply.body.count)\r\n\r\n"
    guard LoopbackListener.send(Data(head.utf8), to: connection) else { return false }
    if isHead { return true }
    let stop = reply.cutAfter ?? reply.stallAfter
    let body = reply.body.prefix(stop ?? reply.body.count)
    guard LoopbackListener.send(body, to: connection) else { return false }
    if reply.stallAfter != nil {
      while !isClosed.withLock({ $0 }) { usleep(20_000) }
    }
    // A wrong length leaves a connection that nobody can go on with.
    return stop == nil && reply.announced == nil && !reply.hidesLength
  }
}
