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

  struct State {
    var evidence: [Evidence] = []
    var spent = Cost()
    /// Calls that rules or budgets turned down, with the reason.
    var refused: [(tool: String, message: String)] = []
  }

  let suspect: Suspect
  let tools: [ToolEntry]
  let match: MatchFolder
  let provenance: Provenance
  let state: Locked<State>
  let writing = Locked(())

  /// Opens a session on `suspect` that is recorded in `match`.
  ///
  /// A session that goes on where another one ended is given its `evidence` and what it `spent`.
  /// `knownDocuments` of each forbidden source and split are what inputs are held against.
  public init(
    suspect bundle: ModelBundle, tools: [ToolEntry], rules: Rules,
    specification: Specification = SpecificationFile.smallWorld, world: SmallWorld,
    seed: UInt64, match: MatchFolder, quiet: Bool = true, evidence: [Evidence] = [],
    spent: Cost = Cost(), knownDocuments: Int = PassageGuard.documents
  ) {
    state = Locked(State(evidence: evidence, spent: spent))
    self.rules = rules
    self.specification = specification
    self.seed = seed
    self.quiet = quiet
    self.tools = tools
    self.match = match
    knowledge = PublicKnowledge(world: world)
    provenance = Provenance(rules: rules, world: world, documents: knownDocuments)
    suspect = Suspect(bundle: bundle, world: world, rules: rules, seed: seed, quiet: quiet)
    for item in evidence {
      if let entry = tools.first(where: { $0.name == item.tool }) {
        provenance.note(item, of: entry)
      }
    }
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
    tools.filter { (try? rules.require($0)) != nil }
  }

  /// The sources of natural text that the rules allow.
  public var allowedSources: [String] { suspect.sources }

  /// Calls `tool` and returns its evidence, which has a number of its own.
  ///
  /// Throws `AssayError`: `.forbidden` naming the rules, `.budget` when a budget is spent or the call
  /// takes more than what is left for certain, `.badInput` for an unknown tool or argument, or what the
  /// tool throws. A result that took more than was left is withheld.
  public func call(_ tool: String, _ arguments: JSONValue = [:]) async throws -> Evidence {
    let checked: (entry: ToolEntry, arguments: JSONValue)
    do {
      checked = try admit(tool, arguments)
    } catch let error as AssayError {
      try refuse(error, tool: tool, arguments: arguments)
      throw error
    }
    let clock = ContinuousClock()
    let started = clock.now
    let meter = PassMeter()
    let outcome: Result<ToolResult, AssayError>
    do {
      outcome = .success(
        try await PassMeter.$current.withValue(meter) {
          try await checked.entry.run(checked.arguments, on: suspect)
        })
    } catch let error as AssayError {
      outcome = .failure(error)
    } catch {
      outcome = .failure(AssayError(.badInput, "'\(tool)' failed: \(error)"))
    }
    let seconds = (clock.now - started) / .seconds(1)
    return try conclude(
      outcome, of: checked.entry, arguments: checked.arguments, seconds: seconds, meter: meter)
  }

  /// Calls `tool` where there is one, the rules allow it and the budgets last; else nil, a refusal being
  /// in the ledger.
  public func callIfAllowed(
    _ tool: String, _ arguments: JSONValue = [:]
  ) async throws -> Evidence? {
    guard tools.contains(where: { $0.name == tool }) else { return nil }
    do {
      return try await call(tool, arguments)
    } catch let error as AssayError where error.code == .forbidden || error.code == .budget {
      return nil
    }
  }

  /// Natural text from a source that the rules allow, and that the model was not trained on.
  ///
  /// A call of the tool `documents`: in the ledger, with its cost, citable as evidence. Throws as
  /// ``call(_:_:)`` does.
  public func documents(
    from source: String, count: Int, skip: Int = 0
  ) async throws -> (texts: [String], evidence: Int) {
    let evidence = try await call(
      "documents",
      ["source": .string(source), "count": JSONValue(count), "skip": JSONValue(skip)])
    let texts = (evidence.result["documents"]?.array ?? []).compactMap { $0["text"]?.string }
    return (texts, evidence.number)
  }

  /// A progress line for the auditor that honours `quiet`.
  public func progress(_ label: String, total: Int, unit: String = "") -> Progress {
    Progress(label, total: total, unit: unit, quiet: quiet)
  }
}
