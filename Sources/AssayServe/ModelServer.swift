import AssayCore
import AssayModels
import FlyingFox
import FlyingSocks
import Foundation

/// An HTTP server that speaks OpenAI's interface for one model.
///
/// `GET /v1/models`, `POST /v1/chat/completions` (by the model's chat template), `POST /v1/completions`,
/// and `GET /health`; streaming as server-sent events. Same seed, same request, same text.
///
/// ```swift
/// let server = try ModelServer(bundle, ServerSettings(modelName: "smallworld-4m"))
/// try await server.run { print("listening on \($0)") }
/// ```
/// Cost: the model's size once, and a forward pass for each token. Limits: one request is answered after
/// the other; a text that nobody streams is written to its end even if the client has left; HTTP without
/// TLS; penalties, `logit_bias`, `response_format` and a forced `tool_choice` are refused.
public final class ModelServer: Sendable {
  private let service: ModelService
  private let settings: ServerSettings
  private let server: HTTPServer
  private let isStopping = Locked(false)

  /// Seconds that a request may wait and be answered in: a day, which is to say no limit.
  private static let patience = 86_400.0

  /// A server for `bundle`, which needs a tokenizer.
  ///
  /// Throws `AssayError(.usage)` for an address that is none.
  public init(_ bundle: ModelBundle, _ settings: ServerSettings) throws {
    _ = try bundle.requireTokenizer()
    self.settings = settings
    service = ModelService(bundle, settings)
    let handler = RequestHandler(service: service, mostBytes: settings.mostBytes)
    let host = settings.host == "localhost" ? "127.0.0.1" : settings.host
    let configuration: HTTPServer.Configuration
    do {
      if host.contains(":") {
        configuration = .init(
          address: try sockaddr_in6.inet6(ip6: host, port: settings.port),
          timeout: Self.patience, logger: DisabledLogger.disabled)
      } else {
        configuration = .init(
          address: try sockaddr_in.inet(ip4: host, port: settings.port),
          timeout: Self.patience, logger: DisabledLogger.disabled)
      }
    } catch {
      throw AssayError(
        .usage, "'\(settings.host)' is no address to listen on",
        hint: "give an address such as 127.0.0.1, ::1 or 0.0.0.0")
    }
    server = HTTPServer(config: configuration, handler: handler)
  }

  /// Serves until ``stop()``; `onListening` gets the address for clients, such as
  /// "http://127.0.0.1:8000/v1".
  ///
  /// Throws `AssayError(.io)` where it cannot listen.
  public func run(onListening: @escaping @Sendable (String) -> Void) async throws {
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await self.server.run() }
        group.addTask {
          try await self.server.waitUntilListening(timeout: 60)
          if let address = await self.address { onListening(address) }
        }
        defer { group.cancelAll() }
        // Whichever ends first: listening has begun, or never will.
        try await group.next()
        try await group.next()
      }
    } catch {
      if isStopping.withLock({ $0 }) || Task.isCancelled { return }
      throw AssayError(
        .io, "cannot listen on \(settings.host):\(settings.port): \(Self.reason(error))",
        hint: "choose another --port, or 0 for a free one")
    }
  }

  /// Stops to listen and waits, at most ``ServerSettings/grace`` seconds, for what is being answered.
  public func stop() async {
    isStopping.withLock { $0 = true }
    await server.stop(timeout: settings.grace)
  }

  /// Requests that wait or are being answered.
  var answering: Int { service.answering }

  private var address: String? {
    get async {
      switch await server.listeningAddress {
      case .ip4(let host, let port): "http://\(host):\(port)/v1"
      case .ip6(let host, let port): "http://[\(host)]:\(port)/v1"
      default: nil
      }
    }
  }

  private static func reason(_ error: any Error) -> String {
    if case SocketError.failed(_, _, let message) = error { return message.lowercased() }
    return "the system refuses"
  }
}
