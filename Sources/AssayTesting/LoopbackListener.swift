import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A socket that listens on this computer alone, with a thread for each connection: what the web servers of
/// tests are made of.
///
/// ```swift
/// let listener = try LoopbackListener { connection in
///   _ = LoopbackListener.send(Data("HTTP/1.1 204 Nothing\r\n\r\n".utf8), to: connection)
/// }
/// defer { listener.stop() }
/// ```
public final class LoopbackListener: Sendable {
  /// The port that it listens on.
  public let port: UInt16
  private let descriptor: Int32
  private let isStopped = Locked(false)

  /// Starts to listen; `serve` gets each connection, which is closed when it returns.
  ///
  /// Throws `AssayError(.io)` where the system gives no port.
  public init(_ serve: @escaping @Sendable (Int32) -> Void) throws {
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let size = length
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 64) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isBound else {
      close(descriptor)
      throw AssayError(.io, "no port to listen on")
    }
    self.descriptor = descriptor
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [self] in acceptAll(serve) }
  }

  /// What clients connect to.
  public var address: String { "http://127.0.0.1:\(port)" }

  /// Stops to listen; connections that are open stay so.
  public func stop() {
    isStopped.withLock { isStopped in
      guard !isStopped else { return }
      isStopped = true
      shutdown(descriptor, Int32(SHUT_RDWR))
      #if canImport(Darwin)
        // Where nothing else wakes the thread that accepts.
        close(descriptor)
      #endif
    }
  }

  private func acceptAll(_ serve: @escaping @Sendable (Int32) -> Void) {
    while true {
      #if canImport(Glibc)
        let connection = Glibc.accept(descriptor, nil, nil)
      #else
        let connection = Darwin.accept(descriptor, nil, nil)
      #endif
      if connection >= 0 {
        Thread.detachNewThread {
          serve(connection)
          close(connection)
        }
      } else if isStopped.withLock({ $0 }) {
        #if canImport(Glibc)
          // Not before: its number could be another socket's while this thread still accepts from it.
          close(descriptor)
        #endif
        return
      } else {
        usleep(1000)
      }
    }
  }

  /// Reads the head of a request: the words of its first line, and its headers by lower-case name.
  ///
  /// `buffer` holds what was read before and then what follows the head. nil where the client has left or
  /// does not speak HTTP.
  public static func head(
    of connection: Int32, _ buffer: inout Data
  ) -> (words: [String], headers: [String: String])? {
    let end = Data("\r\n\r\n".utf8)
    while buffer.range(of: end) == nil {
      guard receive(from: connection, &buffer) else { return nil }
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
    return (words, headers)
  }

  /// Adds what comes next to `buffer`, waiting for it; false at the end.
  public static func receive(from connection: Int32, _ buffer: inout Data) -> Bool {
    var piece = [UInt8](repeating: 0, count: 4096)
    let count = recv(connection, &piece, piece.count, 0)
    guard count > 0 else { return false }
    buffer += piece[..<count]
    return true
  }

  /// Sends all of `data`; false where nobody takes it.
  public static func send(_ data: Data, to connection: Int32) -> Bool {
    data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Bool in
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        #if canImport(Glibc)
          let sent = Glibc.send(connection, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
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
