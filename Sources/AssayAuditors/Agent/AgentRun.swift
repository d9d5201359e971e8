import AssayChat
import AssayCore
import AssayGame

/// One conversation in which a model audits: it calls functions until it hands in a report, or until
/// something ends it in order.
struct AgentRun: Sendable {
  /// What was counted on the way.
  struct Counts: Codable, Hashable, Sendable {
    var answers = 0
    var calls = 0
    var faultyCalls = 0
    var refusals = 0
    var silentAnswers = 0
    var retries = 0
    /// Answers without the temperature that was set, because the endpoint refuses it.
    var untemperedAnswers = 0
    var compactions = 0
    var readTokens = 0
    var writtenTokens = 0
  }

  /// How it ended.
  enum Ending: Sendable {
    case reported(Report)
    /// Without a report, and why.
    case over(AssayError)
  }

  /// Answers in a row that call nothing, or refuse, before it is over.
  private static let patience = 3
  /// Answers that a model has for its report when nothing else can be called any more.
  private static let lastAnswers = 3
  /// Calls of one answer that are done.
  private static let mostCalls = 8

  private let session: AuditSession
  private let settings: AgentSettings
  private let endpoint: ChatEndpoint
  private let functions: AgentFunctions
  private let system: String
  /// The share of every budget, 0...1, at which this run has had enough.
  private let share: Double
  private(set) var counts = Counts()
  private var transcript: AgentTranscript

  init(
    _ session: AuditSession, _ settings: AgentSettings, run: (number: Int, of: Int)? = nil,
    first: String = AgentBrief.begin, share: Double = 1
  ) {
    self.session = session
    self.settings = settings
    self.share = share
    endpoint = ChatEndpoint(settings.chat)
    functions = AgentFunctions(session)
    system = AgentBrief.system(session, run: run)
    transcript = AgentTranscript(first, limit: settings.context)
  }

  /// Lets the model audit; `onlyReport`: nothing but the report can be called.
  ///
  /// Throws `AssayError` where the endpoint cannot be reached, or refuses, before it answered once.
  mutating func audit(onlyReport fromStart: Bool = false) async throws -> Ending {
    let deadline = ContinuousClock.now + .seconds(settings.seconds)
    var end: AssayError? = fromStart ? Self.nothing : nil
    var left = settings.turns
    var idle = 0
    if fromStart { left = min(left, Self.lastAnswers) }
    while left > 0 {
      left -= 1
      let secondsLeft = (deadline - ContinuousClock.now) / .seconds(1)
      guard secondsLeft > 0 else {
        return .over(
          AssayError(.budget, "the agent's \(settings.seconds) seconds are over"))
      }
      // The last answers are for the report.
      if end == nil, left < Self.lastAnswers, left < settings.turns - 1 {
        end = AssayError(.budget, "the agent's \(settings.turns) answers are used up")
      }
      let answer: ChatAnswer
      do {
        answer = try await ask(onlyReport: end != nil)
      } catch let error as AssayError {
        // Whoever never answered has not been the auditor.
        if counts.answers == 0, error.code != .contextExceeded { throw error }
        return .over(error)
      }
      count(answer)
      let said = ChatTurn.assistant(answer.text, calls: answer.calls)
      guard !answer.calls.isEmpty else {
        idle += 1
        counts.silentAnswers += answer.isRefusal ? 0 : 1
        guard idle < Self.patience else { return .over(end ?? Self.idleness(answer)) }
        let word = answer.isRefusal ? AgentBrief.reassurance : AgentBrief.nudge
        transcript.append(
          // An empty turn is refused by some endpoints.
          answer.text.isEmpty ? .assistant("(nothing)") : said,
          .user(end.map { AgentBrief.last($0.message) } ?? word))
        continue
      }
      idle = 0
      let (results, report, spent) = try await perform(
        answer.calls, onlyReport: end != nil, secondsLeft: secondsLeft)
      if let report { return .reported(report) }
      if end == nil, let spent = spent ?? shareSpent() {
        end = spent
        left = min(left, Self.lastAnswers)
      }
      transcript.append(said, .results(notice(results, end, left: left)))
    }
    return .over(
      end ?? AssayError(.budget, "the agent's \(settings.turns) answers are used up"))
  }

  /// Asks the model; a conversation that is too long is shortened, as often as that helps.
  private mutating func ask(onlyReport: Bool) async throws -> ChatAnswer {
    shrink()
    var share = 0.5
    while true {
      do {
        return try await endpoint.answer(
          system: system, transcript.turns, functions: functions.offered(onlyReport: onlyReport))
      } catch let error as AssayError where error.code == .contextExceeded {
        guard shrink(to: share, always: true) else { throw error }
        share /= 2
      }
    }
  }

  @discardableResult
  private mutating func shrink(to share: Double = 1, always: Bool = false) -> Bool {
    let (session, board) = (session, functions.board)
    let dropped = transcript.shrink(to: share, always: always) {
      AgentBrief.summary(session, board: board, most: $0)
    }
    if dropped { counts.compactions += 1 }
    return dropped
  }

  private mutating func count(_ answer: ChatAnswer) {
    counts.answers += 1
    counts.retries += answer.retries
    if answer.isUntempered { counts.untemperedAnswers += 1 }
    counts.readTokens += answer.readTokens
    counts.writtenTokens += answer.writtenTokens
    if answer.isRefusal { counts.refusals += 1 }
  }

  /// Does the calls of one answer in their order, up to a report.
  private mutating func perform(
    _ calls: [ChatCall], onlyReport: Bool, secondsLeft: Double
  ) async throws -> (results: [ChatResult], report: Report?, spent: AssayError?) {
    var results: [ChatResult] = []
    var spent: AssayError?
    for (number, call) in calls.enumerated() {
      guard number < Self.mostCalls else {
        results.append(
          ChatResult(
            id: call.id, text: "error: not done; call at most \(Self.mostCalls) functions at once",
            isError: true))
        continue
      }
      counts.calls += 1
      switch try await functions.call(
        call, onlyReport: onlyReport || spent != nil, secondsLeft: secondsLeft)
      {
      case .result(let result):
        if result.isError { counts.faultyCalls += 1 }
        results.append(result)
      case .spent(let error, let result):
        spent = error
        results.append(result)
      case .report(let report, _): return (results, report, nil)
      }
    }
    return (results, nil, spent)
  }

  /// The results, the last one with what the model must know about the end.
  private func notice(_ results: [ChatResult], _ end: AssayError?, left: Int) -> [ChatResult] {
    var results = results
    guard let last = results.indices.last else { return results }
    if let end {
      results[last].text += "\n\n" + AgentBrief.last(end.message)
    } else if left <= Self.lastAnswers {
      results[last].text += "\n\n" + AgentBrief.last("These are your last answers")
    }
    return results
  }

  /// What says that this run's share of a budget is spent, nil while it is not.
  private func shareSpent() -> AssayError? {
    guard share < 1, let limits = try? CanonicalJSON.value(session.rules.budgets).object,
      let spent = try? CanonicalJSON.value(session.costSoFar)
    else { return nil }
    for (name, limit) in limits {
      guard let limit = limit.double, let used = spent[name]?.double, used >= share * limit else {
        continue
      }
      return AssayError(.budget, "this run's share of the budget of \(name) is spent")
    }
    return nil
  }

  private static let nothing = AssayError(.budget, "the investigations are over")

  private static func idleness(_ answer: ChatAnswer) -> AssayError {
    let what = answer.isRefusal ? "refused" : "called no function in"
    return AssayError(.budget, "the auditing model \(what) \(patience) answers in a row")
  }
}
