import AssayCore
import FlyingFox
import FlyingSocks
import Foundation

/// Reads requests, hands them to the service and sends what it answers.
struct RequestHandler: HTTPHandler {
  let service: ModelService
  /// Most bytes of a body.
  let mostBytes: Int

  /// A body is read and thrown away up to this many times the limit, so that its sender gets to know.
  private static let tolerance = 8

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    guard let body = try await body(of: request) else {
      let failure = APIFailure(
        status: 413, message: "the body has more than \(mostBytes) bytes", code: "request_too_large"
      )
      return response(.failure(failure))
    }
    let headers = request.headers
    return response(
      await service.answer(
        WireRequest(
          method: request.method.rawValue, path: request.path,
          header: { headers[HTTPHeader($0)] }, body: body)))
  }

  /// The body, nil where it is too long.
  private func body(of request: HTTPRequest) async throws -> Data? {
    var body = Data()
    var count = 0
    for try await piece in request.bodySequence {
      count += piece.count
      if count <= mostBytes {
        body.append(piece)
      } else {
        body = Data()
        if count > mostBytes * Self.tolerance { return nil }
      }
    }
    return count <= mostBytes ? body : nil
  }

  private func response(_ answer: WireResponse) -> HTTPResponse {
    switch answer {
    case .whole(let status, let body, let more):
      var headers: HTTPHeaders = [.contentType: "application/json"]
      for (name, value) in more { headers[HTTPHeader(name)] = value }
      return HTTPResponse(
        statusCode: HTTPStatusCode(status, phrase: Self.phrases[status] ?? "Error"),
        headers: headers, body: body)
    case .events(let stream):
      return HTTPResponse(
        statusCode: .ok,
        headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"],
        body: HTTPBodySequence(from: EventBytes(stream: stream)))
    }
  }

  private static let phrases = [
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
    405: "Method Not Allowed", 413: "Payload Too Large", 415: "Unsupported Media Type",
    500: "Internal Server Error", 503: "Service Unavailable",
  ]
}

/// Events as the bytes of a body; each is sent as soon as it is there.
private struct EventBytes: AsyncBufferedSequence {
  typealias Element = UInt8

  let stream: AsyncStream<Data>

  func makeAsyncIterator() -> Iterator { Iterator(events: stream.makeAsyncIterator()) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    var events: AsyncStream<Data>.AsyncIterator
    /// What was asked for byte by byte.
    private var rest: [UInt8] = []

    init(events: AsyncStream<Data>.AsyncIterator) { self.events = events }

    mutating func next() async throws -> UInt8? {
      if rest.isEmpty { rest = try await nextBuffer(suggested: 1) ?? [] }
      return rest.isEmpty ? nil : rest.removeFirst()
    }

    mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
      await events.next().map(Array.init)
    }
  }
}
