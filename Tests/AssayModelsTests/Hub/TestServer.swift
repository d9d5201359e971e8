import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

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

  /// The port that it listens on.
  let port: UInt16
  private let listener: Int32
  private let requests = Locked<[Request]>([])
  private let isClosed = Locked(false)
  private let answer: @Sendable (Request) -> Reply

  /// Starts to listen; `answer` decides on each request.
  init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
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
  func stop() {
    isClosed.withLock { $0 = true }
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  /// Its address.
  var address: String { "http://127.0.0.1:\(port)" }

  /// All requests so far.
  var log: [Request] { requests.withLock { $0 } }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    var buffer = Data()
    while let request = Self.read(connection, &buffer) {
      requests.withLock { $0.append(request) }
      let reply = answer(request)
      guard send(reply, to: connection, isHead: request.method == "HEAD") else { return }
    }
  }

  private func send(_ reply: Reply, to connection: Int32, isHead: Bool) -> Bool {
    var head = "HTTP/1.1 \(reply.status) Status\r\n"
    for (name, value) in reply.headers { head += "\(name): \(value)\r\n" }
    head +=
      reply.hidesLength
      ? "Connection: close\r\n\r\n"
      : "Content-Length: \(reply.announced ?? reply.body.count)\r\n\r\n"
    guard Self.write(connection, Data(head.utf8)) else { return false }
    if isHead { return true }
    let stop = reply.cutAfter ?? reply.stallAfter
    guard Self.write(connection, reply.body.prefix(stop ?? reply.body.count)) else { return false }
    if reply.stallAfter != nil {
      while !isClosed.withLock({ $0 }) { usleep(20_000) }
    }
    // A wrong length leaves a connection that nobody can go on with.
    return stop == nil && reply.announced == nil && !reply.hidesLength
  }

  private static func read(_ connection: Int32, _ buffer: inout Data) -> Request? {
    let end = Data("\r\n\r\n".utf8)
    var piece = [UInt8](repeating: 0, count: 4096)
    while buffer.range(of: end) == nil {
      let count = recv(connection, &piece, piece.count, 0)
      guard count > 0 else { return nil }
      buffer += piece[..<count]
    }
    guard let found = buffer.range(of: end) else { return nil }
    let lines = String(decoding: buffer[..<found.lowerBound], as: UTF8.self)
      .components(separatedBy: "\r\n")
    buffer = Data(buffer[found.upperBound...])
    let words = lines[0].split(separator: " ").map(String.init)
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      headers[line[..<colon].lowercased()] = value
    }
    return Request(method: words[0], path: words[1], headers: headers)
  }

  private static func write(_ connection: Int32, _ data: Data) -> Bool {
    data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Bool in
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        #if canImport(Glibc)
          let sent = Glibc.send(
            connection, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
        #else
          let sent = Darwin.send(connection, part.baseAddress, part.count, 0)
        #endif
        guard sent > 0 else { return false }
        rest = rest.dropFirst(sent)
      }
      return true
    }
  }
}
