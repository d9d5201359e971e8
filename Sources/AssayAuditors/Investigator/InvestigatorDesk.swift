import AssayCore
import AssayGame
import AssayText

/// What the investigator has before it: the session, the board, and what was already asked.
struct InvestigatorDesk {
  let session: AuditSession
  /// The ways of access that it uses, at most what the rules allow.
  let access: [Access]
  var board = HypothesisBoard()
  /// Prompts that were put to the suspect, so that a claim is corroborated on others.
  var asked: Set<String> = []
  /// Facts with what the suspect says of them, once asked.
  var facts: [FactRecord] = []
  /// Tools that cannot read this suspect, once tried.
  private var unable: Set<String> = []

  init(_ session: AuditSession, access: [Access]) {
    self.session = session
    self.access = access
  }

  var knowledge: PublicKnowledge { session.knowledge }

  /// A generator of its own for each part of the work.
  func generator(_ label: String) -> SplitMix64 { session.generator.fork("investigator/" + label) }

  /// Whether a tool is there and both the rules and this auditor's own limits allow it.
  func has(_ tool: String) -> Bool {
    session.allowedTools.contains { entry in
      entry.name == tool && entry.access.allSatisfy(access.contains)
    }
  }

  /// The arguments that a tool takes, to call tools that may know more or fewer.
  func parameters(of tool: String) -> Set<String> {
    Set(session.allowedTools.first { $0.name == tool }?.schema.map(\.name) ?? [])
  }

  /// What a tool's arguments are where they are not given.
  func standards(of tool: String) -> [String: JSONValue] {
    let schema = session.allowedTools.first { $0.name == tool }?.schema ?? []
    return schema.reduce(into: [:]) { $0[$1.name] = $1.defaultValue }
  }

  /// Calls a tool; nil where it is not there, not allowed, no longer affordable, or cannot read this
  /// suspect, which is noted: one tool fewer ends no audit.
  mutating func call(_ tool: String, _ arguments: JSONValue) async throws -> Evidence? {
    guard has(tool) else { return nil }
    do {
      return try await session.callIfAllowed(tool, arguments)
    } catch let error as AssayError where error.code == .unsupported || error.code == .badInput {
      if unable.insert(tool).inserted {
        board.note("'\(tool)' cannot be used on this suspect: \(error.message).", [])
      }
      return nil
    }
  }

  /// The same with `others` where this suspect cannot be read with `arguments`: names, say, that end in too few
  /// tokens of its vocabulary.
  mutating func call(
    _ tool: String, _ arguments: JSONValue, or others: JSONValue
  ) async throws -> Evidence? {
    guard has(tool) else { return nil }
    do {
      return try await session.callIfAllowed(tool, arguments)
    } catch let error as AssayError where error.code == .unsupported || error.code == .badInput {
      return try await call(tool, others)
    }
  }

  /// Puts prompts to the suspect and returns its answers, `n` to each, prompt by prompt.
  mutating func ask(
    _ prompts: [String], n: Int = 1, temperature: Double = 0, maxNewTokens: Int = 24
  ) async throws -> (texts: [[String]], phrases: [JSONValue], evidence: Int)? {
    guard !prompts.isEmpty,
      let reply = try await call(
        "batch-ask",
        [
          "prompts": JSONValue(prompts), "n": JSONValue(n), "temperature": JSONValue(temperature),
          "maxNewTokens": JSONValue(maxNewTokens), "top": 100,
        ])
    else { return nil }
    asked.formUnion(prompts)
    let texts = (reply.result["rows"]?.array ?? []).map { $0["texts"]?.strings ?? [] }
    guard texts.count == prompts.count else { return nil }
    return (texts, reply.result["phrases"]?.array ?? [], reply.number)
  }
}
