import AssayCore
import AssayGame
import AssayStore
import Foundation

/// One audit as a server of the Model Context Protocol: tools as the rules allow, evidence as content,
/// the report as a tool call.
///
/// It speaks the stateless revision 2026-07-28, whose requests carry their version, and the revisions
/// before it, which begin with `initialize`. Calls are done one after the other; everything else is
/// answered at once, so that a waiting call can be cancelled. What the rules forbid is refused by the
/// session; what the protocol or the order of an audit forbids is refused here. Both are in the ledger.
final class AuditServer: Sendable {
  /// Why serving ended.
  enum Ending: String, Sendable {
    /// A report was handed in.
    case reported
    /// The client closed its end without a report.
    case left
    /// The time was over.
    case late
    /// It broke the protocol, or was refused, more often than the limits allow.
    case flooded
  }

  struct State {
    var version: String?
    var knowsClient = false
    var messages = 0
    var faults = 0
    var refusals = 0
    var waiting: [JSONValue: Task<Void, Never>] = [:]
    var last: Task<Void, Never>?
    var report: Report?
    var over: Ending?
  }

  /// The version that the server says it has: the program's.
  static let version = "0.1.0"
  /// The revision whose requests carry their version.
  static let modernVersion = "2026-07-28"
  /// The revisions that begin with `initialize`, newest first.
  static let handshakeVersions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]

  /// How many messages are looked at after the end.
  private static let mostDrained = 1000

  let session: AuditSession
  let match: MatchFolder
  let limits: OutsideLimits
  let state = Locked(State())
  private let author: String
  private let deadline: ContinuousClock.Instant?
  private let onReport: @Sendable (Report) throws -> Void

  /// Serves `session`, whose record is `match`; `onReport` is called once, when a report is accepted.
  init(
    _ session: AuditSession, match: MatchFolder, author: String, limits: OutsideLimits,
    onReport: @escaping @Sendable (Report) throws -> Void
  ) {
    self.session = session
    self.match = match
    self.author = author
    self.limits = limits
    self.onReport = onReport
    deadline = limits.seconds.map { ContinuousClock.now + .seconds($0) }
  }

  /// The report that was accepted.
  var report: Report? { state.withLock { $0.report } }
  /// How many messages came.
  var messages: Int { state.withLock { $0.messages } }
  /// Seconds until the deadline, nil where there is none.
  var secondsLeft: Double? {
    deadline.map { max(0, ($0 - ContinuousClock.now) / .seconds(1)) }
  }

  // MARK: Serving

  /// Answers until the other end is closed, the time is over or patience is; a call may still be running
  /// then, which `settle` waits for.
  ///
  /// With `leavesAfterReport`, ends soon after a report even if the other end stays.
  func serve(over channel: LineChannel, leavesAfterReport: Bool) async -> Ending {
    var grace: ContinuousClock.Instant?
    while true {
      let (report, over) = state.withLock { ($0.report, $0.over) }
      if over != nil { break }
      if report != nil, leavesAfterReport, grace == nil {
        grace = ContinuousClock.now + .seconds(limits.secondsAfterReport)
      }
      let end = [deadline, grace].compactMap(\.self).min()
      let received = await channel.next(before: end)
      if case .end = received { break }
      if case .late = received {
        if self.report == nil || grace == nil { finish(.late) }
        break
      }
      await take(received, channel)
    }
    return state.withLock { $0.report != nil ? .reported : $0.over ?? .left }
  }

  /// Waits for calls that are running or waiting, and says again why serving ended: a report may have
  /// been among them.
  func settle() async -> Ending {
    await state.withLock { $0.last }?.value
    return state.withLock { $0.report != nil ? .reported : $0.over ?? .left }
  }

  /// Looks through what was still on its way when serving ended.
  ///
  /// A report or a call among it is entered as a fault. Nothing is answered, and none of it counts. A program
  /// that is gone has an end; one that escaped, unconfined, could write for ever, so that this ends in time.
  func drain(_ channel: LineChannel, within time: Duration = .seconds(30)) async {
    finish(.left)
    let end = ContinuousClock.now + time
    for _ in 0..<Self.mostDrained where ContinuousClock.now < end {
      switch await channel.next(before: end) {
      case .end, .late: return
      case .oversized: continue
      case .line(let line):
        guard case .request(let request) = JSONRPC.parse(line), request.method == "tools/call",
          let tool = request.params["name"]?.string, let objection = objection(to: tool)
        else { continue }
        fault(objection.fault, objection.message)
      }
    }
  }

  private func take(_ received: LineChannel.Received, _ channel: LineChannel) async {
    let count = state.withLock { state in
      state.messages += 1
      return state.messages
    }
    guard count <= limits.messages else {
      fault("flooding", "more than \(limits.messages) messages")
      finish(.flooded)
      return
    }
    switch received {
    case .oversized(let bytes):
      let message = "a message of \(bytes) bytes; at most \(limits.messageBytes) are read"
      fault("oversized-message", message)
      await channel.send(
        JSONRPC.reply(.null, JSONRPC.Failure(JSONRPC.Failure.invalidRequest, message)),
        before: deadline)
    case .line(let line):
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { return }
      await take(line: line, channel)
    case .end, .late: break
    }
  }

  private func take(line: Data, _ channel: LineChannel) async {
    switch JSONRPC.parse(line) {
    case .answer: break
    case .malformed(let failure, let id):
      fault("malformed-message", failure.message)
      await channel.send(JSONRPC.reply(id, failure), before: deadline)
    case .notification(let method, let params):
      if method == "notifications/cancelled", let id = params["requestId"] { cancel(id) }
    case .request(let request):
      if request.method == "tools/call" {
        await enqueue(request, channel)
      } else {
        await channel.send(answer(request), before: deadline)
      }
    }
  }

  private func answer(_ request: JSONRPC.Request) -> JSONValue {
    do {
      let isModern = try checkVersion(of: request)
      return JSONRPC.reply(request.id, try result(of: request, isModern: isModern))
    } catch let failure as JSONRPC.Failure {
      return JSONRPC.reply(request.id, failure)
    } catch {
      return JSONRPC.reply(
        request.id, JSONRPC.Failure(JSONRPC.Failure.internalError, "the server failed: \(error)"))
    }
  }

  // MARK: Calls, one after the other

  private func enqueue(_ request: JSONRPC.Request, _ channel: LineChannel) async {
    let refusal = state.withLock { state -> JSONRPC.Failure? in
      if state.waiting[request.id] != nil {
        return JSONRPC.Failure(
          JSONRPC.Failure.invalidRequest, "a request with this id is still being answered")
      }
      guard state.waiting.count < limits.waiting else {
        return JSONRPC.Failure(
          JSONRPC.Failure.internalError,
          "\(limits.waiting) calls are waiting already; wait for their answers")
      }
      let before = state.last
      let task = Task {
        await before?.value
        await self.perform(request, channel)
      }
      state.waiting[request.id] = task
      state.last = task
      return nil
    }
    guard let refusal else { return }
    fault("flooding", refusal.message)
    await channel.send(JSONRPC.reply(request.id, refusal), before: deadline)
  }

  private func perform(_ request: JSONRPC.Request, _ channel: LineChannel) async {
    // One that was cancelled while it waited costs nothing and gets no answer.
    guard !Task.isCancelled else { return forget(request.id) }
    let reply: JSONValue
    do {
      let isModern = try checkVersion(of: request)
      reply = JSONRPC.reply(request.id, decorated(try await call(request.params), isModern))
    } catch let failure as JSONRPC.Failure {
      reply = JSONRPC.reply(request.id, failure)
    } catch {
      reply = JSONRPC.reply(
        request.id, JSONRPC.Failure(JSONRPC.Failure.internalError, "the server failed: \(error)"))
    }
    if !Task.isCancelled { await channel.send(reply, before: deadline) }
    forget(request.id)
  }

  private func forget(_ id: JSONValue) {
    state.withLock { _ = $0.waiting.removeValue(forKey: id) }
  }

  private func cancel(_ id: JSONValue) {
    state.withLock { $0.waiting[id] }?.cancel()
  }

  // MARK: The report

  /// Checks and commits a report; what it answers is for the client.
  func submit(_ arguments: JSONValue) throws -> JSONValue {
    try ReportForm.schema.validate(arguments, at: "the report")
    let report = try WrittenReport.report(
      from: arguments, author: author, seed: session.seed,
      evidenceCount: session.evidenceSoFar.count)
    try onReport(report)
    state.withLock { $0.report = report }
    return [
      "accepted": true, "match": .string(match.id), "verdict": .string(report.verdict.rawValue),
      "claims": JSONValue(report.claims.count),
    ]
  }

  // MARK: Order

  /// Why a call cannot be made any more, with the name of the fault; nil while it can.
  func objection(to tool: String) -> (fault: String, message: String)? {
    if report != nil {
      return tool == SessionTools.submitReport
        ? ("second-report", "the report is handed in; one answer counts")
        : ("call-after-report", "the report is handed in: '\(tool)' cannot be called any more")
    }
    let isOver = state.withLock { $0.over != nil } || secondsLeft.map { $0 <= 0 } ?? false
    guard isOver else { return nil }
    return tool == SessionTools.submitReport
      ? ("late-report", "the audit is over; a report counts before its deadline only")
      : ("late-call", "the audit is over: '\(tool)' cannot be called any more")
  }

  /// Enters a fault in the ledger; too many of them end the audit.
  func fault(_ name: String, _ message: String) {
    let count = state.withLock { state in
      state.faults += 1
      return state.faults
    }
    // Beyond the limit nothing is written: a hostile program must not fill the disk.
    guard count <= limits.faults else { return finish(.flooded) }
    _ = try? match.ledger.append(
      LedgerKind.auditorFault, ["fault": .string(name), "message": .string(message)])
  }

  /// Counts a call that the session refused; too many of them end the audit.
  func countRefusal() {
    let count = state.withLock { state in
      state.refusals += 1
      return state.refusals
    }
    guard count == limits.refusals else { return }
    fault("flooding", "\(count) calls were refused")
    finish(.flooded)
  }

  private func finish(_ ending: Ending) {
    state.withLock { state in
      if state.over == nil { state.over = ending }
    }
  }
}
