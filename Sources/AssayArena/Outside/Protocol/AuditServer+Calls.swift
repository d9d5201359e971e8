import AssayCore
import AssayGame
import AssayStore

extension AuditServer {
  /// Every tool that the rules allow, then the server's own, always in this order.
  func toolList() -> [JSONValue] {
    let tools = session.allowedTools.map { tool -> JSONValue in
      [
        "name": .string(tool.name), "description": .string(tool.summary),
        "inputSchema": JSONSchema.arguments(tool.schema).value,
        "outputSchema": Self.evidenceSchema.value,
      ]
    }
    let own = SessionTools.entries.map { entry -> JSONValue in
      [
        "name": .string(entry.name), "description": .string(entry.summary),
        "inputSchema": entry.schema.value,
      ]
    }
    return tools + own
  }

  /// Evidence as structured content.
  private static let evidenceSchema: JSONSchema = {
    let number = JSONSchema.number(0...1e15)
    var schema = JSONSchema.object(
      [
        "number": .integer(1...1_000_000, "what reports cite"), "tool": .text(),
        "summary": .text("the finding in one sentence", most: 100_000),
        "result": .any("the finding in full"), "cost": .dictionary(of: number),
      ], required: ["number", "tool", "summary", "result", "cost"])
    // What costs are counted in may grow.
    schema.value["additionalProperties"] = true
    return schema
  }()

  /// Does `tools/call`; throws where the request itself is wrong, else refusals are results.
  func call(_ params: JSONValue) async throws -> JSONValue {
    guard let name = params["name"]?.string else {
      throw JSONRPC.Failure(
        JSONRPC.Failure.invalidParams, "'tools/call' needs the 'name' of a tool")
    }
    let arguments = params["arguments"] ?? [:]
    guard arguments.object != nil else {
      throw JSONRPC.Failure(JSONRPC.Failure.invalidParams, "'arguments' must be an object")
    }
    // What is public may be read at any time.
    let isPublic = SessionTools.entries.contains {
      $0.name == name && name != SessionTools.submitReport
    }
    if !isPublic, let objection = objection(to: name) {
      fault(objection.fault, objection.message)
      return Self.refusal(AssayError(.forbidden, objection.message))
    }
    do {
      if name == SessionTools.submitReport {
        return try Self.content("The report is sealed; the audit is over.", submit(arguments))
      }
      let own = SessionTools(session: session, secondsLeft: secondsLeft)
      if let answer = try own.answer(name, arguments) { return try Self.content(nil, answer) }
    } catch let error as AssayError {
      try record(error, tool: name, arguments: arguments)
      return Self.refusal(error)
    }
    do {
      let evidence = try await session.call(name, arguments)
      return try Self.content(
        "evidence \(evidence.number): \(evidence.summary)",
        [
          "number": JSONValue(evidence.number), "tool": .string(evidence.tool),
          "summary": .string(evidence.summary), "result": evidence.result,
          "cost": CanonicalJSON.value(evidence.cost),
        ])
    } catch let error as AssayError {
      countRefusal()
      let isKnown = session.allowedTools.contains { $0.name == name }
      if !isKnown && error.code == .badInput {
        throw JSONRPC.Failure(
          JSONRPC.Failure.invalidParams, error.message,
          data: error.hint.map { ["hint": .string($0)] })
      }
      return Self.refusal(error)
    }
  }

  /// Enters a refusal by one of the server's own tools, which the session does not see.
  private func record(_ error: AssayError, tool: String, arguments: JSONValue) throws {
    try match.record(error, kind: LedgerKind.refusal, tool: tool, arguments: arguments)
    countRefusal()
  }

  /// An answer for people and models as text, for programs as data.
  private static func content(_ sentence: String?, _ value: JSONValue) throws -> JSONValue {
    let texts = [sentence, try CanonicalJSON.string(value)].compactMap(\.self)
    return [
      "content": .array(texts.map { ["type": "text", "text": .string($0)] }),
      "structuredContent": value, "isError": false,
    ]
  }

  /// A refusal as a result, so that the model at the other end can do something about it.
  private static func refusal(_ error: AssayError) -> JSONValue {
    let hint = error.hint.map { "\nhint: \($0)" } ?? ""
    return [
      "content": [
        ["type": "text", "text": .string("\(error.code.rawValue): \(error.message)\(hint)")]
      ],
      "isError": true,
      "_meta": [
        "assay/refusal": [
          "code": .string(error.code.rawValue), "message": .string(error.message),
          "hint": error.hint.map(JSONValue.string) ?? .null,
        ]
      ],
    ]
  }

  // MARK: Resources

  private static let scheme = "assay://"

  /// Resources whose addresses are made from a number.
  static let templates: [JSONValue] = [
    [
      "uriTemplate": "assay://evidence/{number}", "name": "evidence",
      "description": "a piece of evidence, in full", "mimeType": "application/json",
    ]
  ]

  /// The specification, the rules and what everybody knows.
  func resourceList() -> [JSONValue] {
    func entry(_ path: String, _ about: String) -> JSONValue {
      [
        "uri": .string(Self.scheme + path), "name": .string(path), "description": .string(about),
        "mimeType": "application/json",
      ]
    }
    return [
      entry("specification", "what the suspect is meant to do"),
      entry("rules", "what the auditor may do"),
      entry("knowledge", "the relations of public facts"),
    ]
      + session.knowledge.relations.map {
        entry("knowledge/\($0.id)", "the facts of \($0.id), with one question each")
      }
  }

  /// What lies at `uri`; nil where nothing does.
  func resource(_ uri: String) throws -> JSONValue? {
    guard uri.hasPrefix(Self.scheme) else { return nil }
    let parts = uri.dropFirst(Self.scheme.count).split(separator: "/", maxSplits: 1)
      .map(String.init)
    let tools = SessionTools(session: session)
    switch (parts.first, parts.count) {
    case ("specification", 1): return try CanonicalJSON.value(session.specification)
    case ("rules", 1): return try CanonicalJSON.value(session.rules)
    case ("knowledge", 1): return try tools.knowledge([:])
    case ("knowledge", 2):
      guard session.knowledge.relation(parts[1]) != nil else { return nil }
      return try tools.knowledge(["relation": .string(parts[1]), "count": 1_000_000])
    case ("evidence", 2):
      guard let number = Int(parts[1]) else { return nil }
      return try session.evidenceSoFar.first { $0.number == number }.map(CanonicalJSON.value)
    default: return nil
    }
  }
}
