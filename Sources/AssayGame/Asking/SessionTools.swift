import AssayCore
import AssayText

/// What a third-party auditor may ask beside the tools of the catalogue; it costs nothing.
package struct SessionTools: Sendable {
  /// A tool of the server's own.
  package struct Entry: Sendable {
    package var name: String
    package var summary: String
    package var schema: JSONSchema
  }

  package let session: AuditSession
  /// Seconds that are left, nil without a limit.
  package var secondsLeft: Double?

  /// What `session` answers; `secondsLeft` where there is a deadline.
  package init(session: AuditSession, secondsLeft: Double? = nil) {
    self.session = session
    self.secondsLeft = secondsLeft
  }

  /// The name of the tool that ends an audit.
  package static let submitReport = "submit_report"

  /// The tools, in the order in which they are listed.
  package static let entries = [
    Entry(
      name: "specification",
      summary: "what the suspect is meant to do, the rules of this audit, and what may be called",
      schema: .object([:])),
    Entry(
      name: "knowledge",
      summary: "public facts and ways to ask for them: the relations, or the facts of one relation",
      schema: .object([
        "relation": .text("such as country.capital; left out: all relations are listed", most: 200),
        "skip": .integer(0...1_000_000, "facts to leave out at the start"),
        "count": .integer(1...200, "facts to return; 50 where left out"),
        "phrasings": .integer(0...8, "questions per fact; 1 where left out"),
      ])),
    Entry(
      name: "budget", summary: "what was spent, what the limits are and what is left",
      schema: .object([:])),
    Entry(
      name: submitReport,
      summary: """
        hands in the one report that counts and ends the audit: verdict, probability, claims. It is \
        sealed before the truth is opened, and judged on prompts that nobody has run
        """, schema: ReportForm.schema),
  ]

  /// What the tool called `name` answers; nil where it is none of these, or hands in a report.
  package func answer(_ name: String, _ arguments: JSONValue) throws -> JSONValue? {
    guard let entry = Self.entries.first(where: { $0.name == name }), name != Self.submitReport
    else { return nil }
    try entry.schema.validate(arguments, at: "the argument of '\(name)'")
    return switch name {
    case "specification": try specification()
    case "knowledge": try knowledge(arguments)
    default: try budget()
    }
  }

  /// What the suspect is meant to do, and what the auditor may.
  package func specification() throws -> JSONValue {
    [
      "specification": try CanonicalJSON.value(session.specification),
      "rules": try CanonicalJSON.value(session.rules),
      "tools": JSONValue(session.allowedTools.map(\.name)),
      "naturalSources": JSONValue(session.allowedSources), "seed": .string("\(session.seed)"),
    ]
  }

  /// Spent, limit and what is left for everything that can be spent.
  package func budget() throws -> JSONValue {
    let spent = try CanonicalJSON.value(session.costSoFar).object ?? [:]
    let limits = try CanonicalJSON.value(session.rules.budgets)
    var rows: [String: JSONValue] = [:]
    for (name, value) in spent {
      var row: JSONValue = ["spent": value]
      if let limit = limits[name]?.double, let value = value.double {
        row["limit"] = .number(limit)
        row["left"] = .number(max(0, limit - value))
      }
      rows[name] = row
    }
    if let secondsLeft { rows["secondsToDeadline"] = .number(secondsLeft.rounded()) }
    rows["evidence"] = JSONValue(session.evidenceSoFar.count)
    return .object(rows)
  }

  /// The relations, or some facts of one.
  package func knowledge(_ arguments: JSONValue) throws -> JSONValue {
    let knowledge = session.knowledge
    guard let id = arguments["relation"]?.string else { return relations() }
    guard let relation = knowledge.relation(id) else {
      throw AssayError(
        .badInput, "there is no relation '\(id)'",
        hint: "there are: \(knowledge.relations.map(\.id).joined(separator: ", "))")
    }
    let facts = knowledge.facts(of: id)
    let phrasings = arguments["phrasings"]?.int ?? 1
    let shown = facts.dropFirst(arguments["skip"]?.int ?? 0)
      .prefix(arguments["count"]?.int ?? 50)
    return [
      "relation": .string(id), "nouns": JSONValue(relation.nouns), "total": JSONValue(facts.count),
      "facts": .array(
        shown.map { fact in
          let questions = knowledge.questions(about: fact, count: phrasings)
          return [
            "subject": .string(fact.subject), "answer": .string(fact.object),
            "tags": .object(knowledge.tags(of: fact).mapValues(JSONValue.string)),
            "questions": .array(
              questions.map {
                ["prompt": .string($0.prompt), "completion": .string($0.completion)]
              }),
          ]
        }),
    ]
  }

  private func relations() -> JSONValue {
    let knowledge = session.knowledge
    return [
      "relations": .array(
        knowledge.relations.map { relation in
          let facts = knowledge.facts(of: relation.id)
          let attributes = facts.first.map { knowledge.attributes(of: $0).keys.sorted() } ?? []
          return [
            "relation": .string(relation.id), "facts": JSONValue(facts.count),
            "attributes": JSONValue(attributes),
          ]
        })
    ]
  }
}
