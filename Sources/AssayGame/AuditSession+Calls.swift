import AssayCore
import AssayModels
import AssayStore

extension AuditSession {
  // MARK: Before a call

  /// Checks rules, arguments and budgets; counts the call when it may go ahead.
  func admit(
    _ name: String, _ arguments: JSONValue
  ) throws -> (entry: ToolEntry, arguments: JSONValue) {
    try rules.requireTool(name)
    let entry = try tools.named(name, kind: "tool")
    let validated = try entry.schema.validated(arguments, tool: name)
    try rules.require(entry)
    if entry.naturalText { try requireSources(of: validated) }
    try provenance.check(validated)
    // Counting tokens takes a moment, so nobody pays for it who has no budget to keep.
    let least =
      rules.budgets.isLimited ? (try? entry.estimate(validated, on: suspect))?.least : nil
    try state.withLock { state in
      if let what = rules.budgets.exhausted(by: state.spent) {
        throw AssayError(
          .budget, "rules '\(rules.name)': the budget is spent, \(what)",
          hint: "report on the evidence gathered so far")
      }
      if let least, let what = rules.budgets.exceeded(by: state.spent + least) {
        throw AssayError(
          .budget, "rules '\(rules.name)': the call would bring the budget to \(what)",
          hint: "ask for less in one call")
      }
      state.spent.calls += 1
    }
    return (entry, validated)
  }

  private func requireSources(of arguments: JSONValue) throws {
    let named = arguments["sources"]?.strings ?? arguments["source"]?.string.map { [$0] } ?? []
    for source in named { try rules.requireNaturalSource(source) }
  }

  /// Enters a call that was turned down in the ledger.
  func refuse(_ error: AssayError, tool: String, arguments: JSONValue) throws {
    try match.record(error, kind: LedgerKind.refusal, tool: tool, arguments: arguments)
    guard error.code == .budget || error.code == .forbidden else { return }
    state.withLock { $0.refused.append((tool, error.message)) }
  }

  // MARK: After a call

  func conclude(
    _ outcome: Result<ToolResult, AssayError>, of entry: ToolEntry, arguments: JSONValue,
    seconds: Double, meter: PassMeter
  ) throws -> Evidence {
    // One lock for numbering and recording, so that numbers follow the order of the ledger.
    try writing.withLock { _ in
      switch outcome {
      case .failure(let error):
        // What a call took before it failed is spent.
        let ran = meter.ran(suspect.bundle.model.configuration) ? meter.tokens : 0
        state.withLock {
          $0.spent.seconds += seconds
          $0.spent.flops += meter.flops
          $0.spent.tokens += ran
        }
        let turnedDown = [.forbidden, .badInput, .budget].contains(error.code)
        if turnedDown {
          try refuse(error, tool: entry.name, arguments: arguments)
        } else {
          try match.record(
            error, kind: LedgerKind.failure, tool: entry.name, arguments: arguments)
        }
        throw error
      case .success(let result):
        // A tool that ran the suspect and counted nothing is charged what was measured.
        let ran = result.tokens == 0 && meter.ran(suspect.bundle.model.configuration)
        let cost = Cost(
          calls: 1, tokens: ran ? meter.tokens : result.tokens,
          trainingTokens: result.trainingTokens,
          flops: meter.flops, seconds: seconds, weightReads: result.weightReads)
        let (number, total) = state.withLock { state in
          let calls = state.spent.calls
          state.spent += cost
          state.spent.calls = calls
          return (state.evidence.count + 1, state.spent)
        }
        do {
          try requireKept(entry, meter: meter, total: total)
        } catch let error as AssayError {
          try refuse(error, tool: entry.name, arguments: arguments)
          throw error
        }
        let evidence = Evidence(
          number: number, tool: entry.name, arguments: arguments, result: result.result,
          summary: result.summary, cost: cost)
        try match.record(evidence)
        state.withLock { $0.evidence.append(evidence) }
        provenance.note(evidence, of: entry)
        return evidence
      }
    }
  }

  /// Throws where a call did more than the rules and budgets allow, whatever its tool had declared.
  private func requireKept(_ entry: ToolEntry, meter: PassMeter, total: Cost) throws {
    var done: [Access] = []
    if meter.ran(suspect.bundle.model.configuration) { done.append(.runs) }
    if meter.recordedGradients, !entry.access.contains(.training) { done.append(.gradients) }
    do {
      try rules.requireAccess(done, for: entry.name)
    } catch var error as AssayError {
      error.message += " without declaring it; its result is withheld"
      throw error
    }
    if let what = rules.budgets.exceeded(by: total) {
      throw AssayError(
        .budget,
        "rules '\(rules.name)': the call brought the budget to \(what), its result is withheld",
        hint: "ask for less in one call")
    }
  }
}
