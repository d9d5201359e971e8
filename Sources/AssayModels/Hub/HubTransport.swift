import AssayCore
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Sends requests and hands over bytes as they come.
///
/// Redirects are not followed: an answer that redirects is an answer. A connection that brings
/// nothing for `stall` is given up.
final class HubTransport: Sendable {
  /// Looks at the head of a good answer, and stops the request by throwing.
  typealias Accept = @Sendable (HubResponse) throws -> Void
  /// Takes the next bytes of its body, and stops the request by throwing.
  typealias Receive = @Sendable (Data) throws -> Void

  private let session: URLSession
  private let delegate = HubSessionDelegate()
  private let stall: Duration

  init(stall: Duration, parallel: Int) {
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    configuration.httpShouldSetCookies = false
    configuration.httpCookieAcceptPolicy = .never
    configuration.requestCachePolicy = .reloadIgnoringLocalCacheData
    configuration.httpMaximumConnectionsPerHost = parallel
    self.stall = stall
    session = URLSession(configuration: configuration, delegate: delegate, delegateQueue: nil)
  }

  deinit { session.finishTasksAndInvalidate() }

  /// Sends one request.
  ///
  /// The body of an answer with a status from 200 to 299 goes to `receive`; that
  /// of any other is not read.
  ///
  /// Throws what `accept` and `receive` throw, `HubFailure` when the connection fails, and
  /// `CancellationError`.
  func send(
    _ request: URLRequest, accept: @escaping Accept = { _ in },
    receive: @escaping Receive = { _ in }
  ) async throws -> HubResponse {
    var request = request
    // Our own clock decides; this one only has to be slower.
    request.timeoutInterval = max(60, Double(stall.components.seconds) * 4)
    let task = session.dataTask(with: request)
    let watch = Task { [delegate, stall] in
      while !Task.isCancelled {
        try await Task.sleep(for: stall / 8)
        guard let idle = delegate.idle(task), idle > stall else { continue }
        let reason =
          "nothing arrived for \(stall.formatted(.units(allowed: [.seconds], width: .wide)))"
        delegate.giveUp(task, HubFailure(reason: reason))
      }
    }
    defer { watch.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        delegate.begin(
          task,
          HubSessionDelegate.Exchange(
            continuation: continuation, accept: accept, receive: receive))
        task.resume()
        if Task.isCancelled { delegate.giveUp(task, CancellationError()) }
      }
    } onCancel: {
      delegate.giveUp(task, CancellationError())
    }
  }
}
