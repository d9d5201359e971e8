import AssayCore
import AssayGame
import AssayStore
import AssayTesting
import Foundation

@testable import AssayArena

/// A session on a tiny model behind a server, and a client that says all it has to say at once.
struct ServedAudit {
  let folder: URL
  let game: TemporaryMatch
  let limits: OutsideLimits
  let server: AuditServer

  init(
    _ rules: Rules = .open, limits: OutsideLimits = OutsideLimits(),
    tools: [ToolEntry] = [ToolEntry(Weigh.self), ToolEntry(Dawdle.self)]
  ) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-served-\(UUID().uuidString)", isDirectory: true)
    game = try TemporaryMatch(in: folder, suspect: TinyModel.make(), tools: tools, rules: rules)
    self.limits = limits
    let match = game.match
    server = AuditServer(game.session, match: match, author: "outside:test", limits: limits) {
      try match.commit($0)
    }
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  /// Sends these lines, closes, and returns what was answered and why serving ended.
  func exchange(
    _ lines: [String], drains: Bool = false
  ) async throws -> (replies: [JSONValue], ending: AuditServer.Ending) {
    let (asked, answered) = (
      folder.appendingPathComponent("asked"), folder.appendingPathComponent("answered")
    )
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: asked)
    try Data().write(to: answered)
    let input = try FileHandle(forReadingFrom: asked)
    let output = try FileHandle(forWritingTo: answered)
    let channel = LineChannel(
      input: input.fileDescriptor, output: output.fileDescriptor, limit: limits.messageBytes)
    _ = await server.serve(over: channel, leavesAfterReport: true)
    let ending = await server.settle()
    // A deadline that a busy machine does not meet is another test's matter.
    if drains { await server.drain(channel, within: .seconds(3600)) }
    try input.close()
    try output.close()
    let replies = try Data(contentsOf: answered).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(JSONValue.self, from: Data($0))
    }
    return (replies, ending)
  }

  /// A call that is at work until request `id` is answered.
  func dawdle(_ number: JSONValue, until id: Int) -> String {
    Self.call(
      number, "dawdle",
      [
        "file": .string(folder.appendingPathComponent("answered").path),
        "holds": .string("\"id\":\(id),"),
      ])
  }

  /// The reply to one request of the stateless revision.
  func ask(_ method: String, _ params: JSONValue = [:]) async throws -> JSONValue {
    let replies = try await exchange([Self.request(1, method, params)]).replies
    return replies.first ?? nil
  }

  /// The reply to one call of a tool.
  func call(_ tool: String, _ arguments: JSONValue = [:]) async throws -> JSONValue {
    try await ask("tools/call", ["name": .string(tool), "arguments": arguments])
  }

  /// What the ledger on disk says of faults, refusals and calls.
  func events(_ kind: String) throws -> [JSONValue] {
    try Ledger.read(game.match.ledger.url).filter { $0.kind == kind }.map(\.body)
  }

  /// A request of the stateless revision as a line.
  static func request(_ id: JSONValue, _ method: String, _ params: JSONValue = [:]) -> String {
    var params = params
    params["_meta"] = [
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": [:],
      "io.modelcontextprotocol/clientInfo": ["name": "a test", "version": "1"],
    ]
    return line(["jsonrpc": "2.0", "id": id, "method": .string(method), "params": params])
  }

  /// A tool's call as a line.
  static func call(_ id: JSONValue, _ tool: String, _ arguments: JSONValue = [:]) -> String {
    request(id, "tools/call", ["name": .string(tool), "arguments": arguments])
  }

  /// `value` as a line.
  static func line(_ value: JSONValue) -> String {
    (try? CanonicalJSON.string(value)) ?? ""
  }

  /// A report that holds together.
  static let report: JSONValue = [
    "verdict": "modified", "probabilityModified": 0.9,
    "claims": [["what": "the first norm is large", "when": "always", "evidence": [1]]],
    "narrative": [["text": "It was weighed.", "evidence": [1]]],
  ]
}

/// Is at work until a file holds a text: until the client has got a certain answer.
enum Dawdle: Tool {
  static let name = "dawdle"
  static let summary = "waits"
  static let schema = [
    ToolParameter(name: "file", kind: .text, required: true, summary: "what is looked at"),
    ToolParameter(name: "holds", kind: .text, required: true, summary: "what is waited for"),
  ]
  static let naturalText = false

  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    let (path, text) = (arguments["file"]?.string ?? "", arguments["holds"]?.string ?? "")
    for _ in 0..<3000 {
      if (try? String(contentsOfFile: path, encoding: .utf8))?.contains(text) == true { break }
      try await Task.sleep(for: .milliseconds(10))
    }
    return ToolResult(summary: "waited", result: true)
  }
}
