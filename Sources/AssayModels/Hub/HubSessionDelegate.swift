import AssayCore
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Turns a session's callbacks into one result per request.
///
/// A request ends at its first result, whoever gives it; what comes later finds no one waiting.
final class HubSessionDelegate: NSObject, URLSessionDataDelegate, Sendable {
  /// One request under way.
  struct Exchange {
    var continuation: CheckedContinuation<HubResponse, any Error>
    var accept: HubTransport.Accept
    var receive: HubTransport.Receive
    var response: HubResponse?
    var lastSign = ContinuousClock.now
  }

  private let exchanges = Locked<[Int: Exchange]>([:])

  /// Starts to wait for a result of `task`.
  func begin(_ task: URLSessionTask, _ exchange: sending Exchange) {
    let id = task.taskIdentifier
    exchanges.withLock { $0[id] = exchange }
  }

  /// Ends the wait for `task`, unless it has ended.
  func finish(_ task: URLSessionTask, _ result: Result<HubResponse, any Error>) {
    let id = task.taskIdentifier
    let continuation = exchanges.withLock { $0.removeValue(forKey: id)?.continuation }
    continuation?.resume(with: result)
  }

  /// Ends the wait for `task` with `error` and stops it.
  ///
  /// Before its answer has begun it is not cancelled but forgotten: Foundation on Linux stops the
  /// whole program when a task is cancelled while its redirect is being decided.
  func giveUp(_ task: URLSessionTask, _ error: any Error) {
    let id = task.taskIdentifier
    let hasBegun = exchanges.withLock { $0[id]?.response != nil }
    finish(task, .failure(error))
    if hasBegun { task.cancel() }
  }

  /// How long `task` has brought nothing, nil when it has ended.
  func idle(_ task: URLSessionTask) -> Duration? {
    let id = task.taskIdentifier
    return exchanges.withLock { $0[id].map { .now - $0.lastSign } }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask,
    willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
    completionHandler: @escaping @Sendable (URLRequest?) -> Void
  ) {
    // Not followed: the redirect itself comes as the answer. Who gets which headers next is the
    // client's decision.
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
  ) {
    guard let http = response as? HTTPURLResponse, let url = dataTask.originalRequest?.url else {
      finish(dataTask, .failure(HubFailure(reason: "the answer was not HTTP")))
      completionHandler(.cancel)
      return
    }
    let head = HubResponse(http, url: url)
    guard (200..<300).contains(head.status) else {
      finish(dataTask, .success(head))
      completionHandler(head.redirect == nil ? .cancel : .allow)
      return
    }
    let id = dataTask.taskIdentifier
    let refusal: (any Error)? = exchanges.withLock { exchanges in
      guard var exchange = exchanges[id] else { return CancellationError() }
      exchange.response = head
      exchange.lastSign = .now
      exchanges[id] = exchange
      do { try exchange.accept(head) } catch { return error }
      return nil
    }
    if let refusal { finish(dataTask, .failure(refusal)) }
    completionHandler(refusal == nil ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let id = dataTask.taskIdentifier
    // Under the lock, so that nothing is written for a request that has been given up.
    let refusal: (any Error)? = exchanges.withLock { exchanges in
      guard let exchange = exchanges[id] else { return nil }
      exchanges[id]?.lastSign = .now
      do { try exchange.receive(data) } catch { return error }
      return nil
    }
    if let refusal {
      finish(dataTask, .failure(refusal))
      dataTask.cancel()
    }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    let id = task.taskIdentifier
    if let error {
      finish(task, .failure(Self.failure(error)))
    } else if let response = exchanges.withLock({ $0[id]?.response }) {
      finish(task, .success(response))
    } else {
      finish(task, .failure(HubFailure(reason: "the server closed without an answer")))
    }
  }

  private static func failure(_ error: any Error) -> HubFailure {
    let said = HubName.printable(error.localizedDescription)
    return switch (error as? URLError)?.code {
    case .cannotFindHost, .dnsLookupFailed:
      HubFailure(reason: "its name was not found", isUnreachable: true)
    case .cannotConnectToHost:
      HubFailure(reason: "nobody answered at its address", isUnreachable: true)
    case .notConnectedToInternet:
      HubFailure(reason: "there was no network", isUnreachable: true)
    case .timedOut: HubFailure(reason: "it took too long")
    case .networkConnectionLost: HubFailure(reason: "the connection was cut")
    // Foundation on Linux knows no better word for most of what can go wrong on the way.
    default: HubFailure(reason: "the connection failed (\(said))")
    }
  }
}
