import AssayCore
import AssayModels
import AssayStore
import AssayText

/// The only handle on a suspect that an auditor ever gets.
///
/// It holds no path to the base, the training data or the vault. Every call passes the rules and
/// the budgets first; calls, refusals and failures are in the ledger before they return, evidence
/// is stored under its number. Safe to use from several tasks at once.
public final class AuditSession: Sendable {
  /// The rules of this audit.
  public let rules: Rules
  /// What the suspect is meant to do.
  public let specification: Specification
  /// What everybody knows.
  public let knowledge: PublicKnowledge
  /// The seed of the auditor's randomness.
  public let seed: UInt64
  /// Whether progress stays silent.
  public let quiet: Bool

  private struct State {
    var evidence: [Evidence] = []
    var spent = Cost()
  }

  private let suspect: Suspect
  private let tools: [ToolEntry]
  private let match: MatchFolder
  private let state: Locked<State>
  private let writing = Locked(())

  /// Opens a session on `suspect` that is recorded in `match`.
  ///
  /// A session that goes on where another one ended is given its `evidence` and what it `spent`.
  public init(
    suspect bundle: ModelBundle, tools: [ToolEntry], rules: Rules,
    specification: Specification = SpecificationFile.smallWorld, world: SmallWorld,
    seed: UInt64, match: MatchFolder, quiet: Bool = true, evidence: [Evidence] = [],
    spent: Cost = Cost()
  ) {
    state = Locked(State(evidence: evidence, spent: spent))
    self.rules = rules
    self.specification = specification
    self.seed = seed
    self.quiet = quiet
    self.tools = tools
    self.match = match
    knowledge = PublicKnowledge(world: world)
    suspect = Suspect(bundle: bundle, world: world, rules: rules, seed: seed)
  }

  /// A fresh generator for the auditor, the same for the same seed.
  public var generator: SplitMix64 {
    SplitMix64(seed: seed).fork("auditor")
  }

  /// The evidence gathered so far, by number.
  public var evidenceSoFar: [Evidence] {
    state.withLock { $0.evidence }
  }

  /// What has been spent so far.
  public var costSoFar: Cost {
    state.withLock { $0.spent }
  }

  /// The tools that the rules let this auditor call, with their schemas.
  public var allowedTools: [ToolEntry] {
    tools.filter { (try? requireAllowed($0, arguments: nil)) != nil }
  }

  /// The sources of natural text that the rules allow.
  public var allowedSources: [String] { suspect.sources }

  /// Calls `tool` and returns its evidence, which has a number of its own.
  ///
  /// Throws `AssayError`: `.forbidden` naming the rules, `.budget` when a budget is spent,
  /// `.badInput` for an unknown tool or argument, or what the tool throws. A result that took more
  /// tokens than were left is withheld.
  public func call(_ tool: String, _ arguments: JSONValue = [:]) async throws -> Evidence {
    let checked: (entry: ToolEntry, arguments: JSONValue)
    do {
      checked = try admit(tool, arguments)
    } catch let error as AssayError {
      try match.record(error, kind: LedgerKind.refusal, tool: tool, arguments: arguments)
      throw error
    }
    let clock = ContinuousClock()
    let started = clock.now
    let outcome: Result<ToolResult, AssayError>
    do {
      outcome = .success(try await checked.entry.run(checked.arguments, on: suspect))
    } catch let error as AssayError {
      outcome = .failure(error)
    } catch {
      outcome = .failure(AssayError(.badInput, "'\(tool)' failed: \(error)"))
    }
    let seconds = (clock.now - started) / .seconds(1)
    return try conclude(outcome, of: checked.entry, arguments: checked.arguments, seconds: seconds)
  }

  /// Calls `tool` where there is one and the rules allow it; else nil, a refusal being in the ledger.
  public func callIfAllowed(
    _ tool: String, _ arguments: JSONValue = [:]
  ) async throws -> Evidence? {
    guard tools.contains(where: { $0.name == tool }) else { return nil }
    do {
      return try await call(tool, arguments)
    } catch let error as AssayError where error.code == .forbidden {
      return nil
    }
  }

  /// A progress line for the auditor that honours `quiet`.
  public func progress(_ label: String, total: Int, unit: String = "") -> Progress {
    Progress(label, total: total, unit: unit, quiet: quiet)
  }

  // MARK: Before a call

  /// Checks rules, arguments and budgets; counts the call when it may go ahead.
  private func admit(
    _ name: String, _ arguments: JSONValue
  ) throws -> (entry: ToolEntry, arguments: JSONValue) {
    try rules.requireTool(name)
    let entry = try tools.named(name, kind: "tool")
    let validated = try entry.schema.validated(arguments, tool: name)
    try requireAllowed(entry, arguments: validated)
    try state.withLock { state in
      if let what = rules.budgets.exhausted(by: state.spent) {
        throw AssayError(
          .budget, "rules '\(rules.name)': the budget is spent, \(what)",
          hint: "report on the evidence gathered so far")
      }
      state.spent.calls += 1
    }
    return (entry, validated)
  }

  private func requireAllowed(_ entry: ToolEntry, arguments: JSONValue?) throws {
    try rules.requireTool(entry.name)
    if entry.writtenInputs { try rules.requireWrittenInputs(for: entry.name) }
    guard entry.naturalText, let arguments else { return }
    let named = arguments["sources"]?.strings ?? arguments["source"]?.string.map { [$0] } ?? []
    for source in named { try rules.requireNaturalSource(source) }
  }

  // MARK: After a call

  private func conclude(
    _ outcome: Result<ToolResult, AssayError>, of entry: ToolEntry, arguments: JSONValue,
    seconds: Double
  ) throws -> Evidence {
    // One lock for numbering and recording, so that numbers follow the order of the ledger.
    try writing.withLock { _ in
      switch outcome {
      case .failure(let error):
        state.withLock { $0.spent.seconds += seconds }
        let refused = error.code == .forbidden || error.code == .badInput
        try match.record(
          error, kind: refused ? LedgerKind.refusal : LedgerKind.failure, tool: entry.name,
          arguments: arguments)
        throw error
      case .success(let result):
        let cost = Cost(
          calls: 1, tokens: result.tokens, seconds: seconds, weightReads: result.weightReads)
        let (number, total) = state.withLock { state in
          state.spent.tokens += cost.tokens
          state.spent.seconds += cost.seconds
          state.spent.weightReads += cost.weightReads
          return (state.evidence.count + 1, state.spent.tokens)
        }
        if let limit = rules.budgets.tokens, total > limit {
          let error = AssayError(
            .budget,
            "rules '\(rules.name)': the call brought the tokens to \(total) of \(limit), "
              + "its result is withheld",
            hint: "ask for less in one call")
          try match.record(
            error, kind: LedgerKind.refusal, tool: entry.name, arguments: arguments)
          throw error
        }
        let evidence = Evidence(
          number: number, tool: entry.name, arguments: arguments, result: result.result,
          summary: result.summary, cost: cost)
        try match.record(evidence)
        state.withLock { $0.evidence.append(evidence) }
        return evidence
      }
    }
  }
}
