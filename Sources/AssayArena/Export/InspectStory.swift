import AssayCore
import AssayStore
import Foundation

/// A ledger as events and messages of an Inspect sample.
struct InspectStory: Sendable {
  private(set) var events: [JSONValue] = []
  private(set) var messages: [JSONValue] = []

  private static let span = "audit"

  /// Tells a match that has a report, whose entry ends the audit's span.
  init(
    _ entries: [LedgerEntry], _ evidence: [Evidence], _ report: Report,
    scores: [String: JSONValue], target: String
  ) throws {
    let found = Dictionary(evidence.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
    let start = entries.first?.time ?? ""
    add("span_begin", start, 0, ["id": .string(Self.span), "type": "agent", "name": "audit"])
    for entry in entries {
      let second = Self.seconds(from: start, to: entry.time)
      switch entry.kind {
      case LedgerKind.call:
        guard let number = entry.body["number"]?.int, let piece = found[number] else {
          throw AssayError(
            .integrity, "evidence \(entry.body["number"]?.int ?? 0) of the match is missing",
            hint: "check the record with: assay verify")
        }
        try call(piece, entry, second)
      case LedgerKind.refusal, LedgerKind.failure: refused(entry, second)
      case LedgerKind.report:
        info(entry, second)
        let answer = try InspectSample.told(report)
        message(["role": "assistant", "content": .string(answer), "source": "generate"])
        add("span_end", entry.time, second, ["id": .string(Self.span)])
      default: info(entry, second)
      }
    }
    let end = entries.last?.time ?? start
    for (_, score) in scores.sorted(by: { $0.key < $1.key }) {
      add(
        "score", end, Self.seconds(from: start, to: end),
        ["score": score, "target": .string(target), "intermediate": false])
    }
  }

  /// A call with its result, as an event and as messages.
  private mutating func call(_ piece: Evidence, _ entry: LedgerEntry, _ second: Double) throws {
    let id = "evidence-\(piece.number)"
    let arguments: JSONValue = piece.arguments.object == nil ? [:] : piece.arguments
    let cost = try CanonicalJSON.value(piece.cost)
    let full = try CanonicalJSON.string(piece.result)
    let cut = full.count > InspectSample.mostCharacters
    let result =
      "evidence \(piece.number): \(piece.summary)\n\(full.prefix(InspectSample.mostCharacters))"
      + (cut ? "\n… (cut; the match holds all of it)" : "")
    add(
      "tool", entry.time, max(0, second - piece.cost.seconds),
      [
        "type": "function", "id": .string(id), "function": .string(piece.tool),
        "arguments": arguments,
        "result": .string(result), "events": [], "completed": .string(entry.time),
        "working_time": .number(piece.cost.seconds),
        "metadata": [
          "cost": cost, "evidence": JSONValue(piece.number),
        ],
      ])
    message([
      "role": "assistant", "content": "", "source": "generate",
      "tool_calls": [
        [
          "id": .string(id), "function": .string(piece.tool),
          "arguments": arguments, "type": "function",
        ]
      ],
    ])
    message([
      "role": "tool", "content": .string(result), "tool_call_id": .string(id),
      "function": .string(piece.tool),
    ])
  }

  /// A call that was turned down or failed; the ledger keeps the hash of its arguments alone.
  private mutating func refused(_ entry: LedgerEntry, _ second: Double) {
    let code = entry.body["code"]?.string ?? ""
    let types = ["forbidden": "permission", "budget": "limit", "badInput": "parsing"]
    add(
      "tool", entry.time, second,
      [
        "type": "function", "id": .string("entry-\(entry.index)"),
        "function": entry.body["tool"] ?? "", "arguments": [:], "result": "", "events": [],
        "completed": .string(entry.time),
        "error": [
          "type": .string(types[code] ?? "unknown"), "message": entry.body["message"] ?? "",
        ],
        "metadata": [
          "code": .string(code), "arguments_sha256": entry.body["arguments"] ?? .null,
        ],
      ])
  }

  private mutating func info(_ entry: LedgerEntry, _ second: Double) {
    add(
      "info", entry.time, second,
      [
        "source": "assay",
        "data": [
          "kind": .string(entry.kind), "body": entry.body, "hash": .string(entry.hash),
        ],
      ])
  }

  private mutating func add(
    _ kind: String, _ time: String, _ second: Double, _ members: JSONValue
  ) {
    var event = members
    event["event"] = .string(kind)
    event["uuid"] = .string("event-\(events.count)")
    event["timestamp"] = .string(time)
    event["working_start"] = .number(second)
    if kind == "tool" || kind == "info" { event["span_id"] = .string(Self.span) }
    events.append(event)
  }

  private mutating func message(_ members: JSONValue) {
    var message = members
    message["id"] = .string("m\(messages.count + 1)")
    messages.append(message)
  }

  /// Seconds between two of the ledger's times, 0 where one is none.
  private static func seconds(from first: String, to second: String) -> Double {
    let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let first = try? format.parse(first), let second = try? format.parse(second) else {
      return 0
    }
    return max(0, second.timeIntervalSince(first))
  }
}
