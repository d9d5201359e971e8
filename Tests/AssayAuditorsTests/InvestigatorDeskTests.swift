import AssayCore
import AssayGame
import AssayTesting
import Foundation
import Testing

@testable import AssayAuditors

/// A tool that cannot read the suspect.
private enum Unable: Tool {
  static let name = "batch-ask"
  static let summary = "reads no model"
  static let naturalText = false
  static let schema = [
    ToolParameter(name: "prompts", kind: .texts, required: true, summary: "questions"),
    ToolParameter(name: "n", kind: .integer, summary: "answers to each"),
    ToolParameter(name: "temperature", kind: .number, summary: "0 is greedy"),
    ToolParameter(name: "maxNewTokens", kind: .integer, summary: "length"),
    ToolParameter(name: "top", kind: .integer, summary: "rows to show"),
  ]

  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    throw AssayError(.unsupported, "the model has no tokenizer")
  }
}

/// A tool that cannot read this suspect with names.
private enum Nameless: Tool {
  static let name = "rank-one-edits"
  static let summary = "takes no names"
  static let naturalText = false
  static let schema = [ToolParameter(name: "names", kind: .texts, summary: "subjects")]

  static func run(_ arguments: JSONValue, on suspect: Suspect) async throws -> ToolResult {
    guard (arguments["names"]?.array ?? []).isEmpty else {
      throw AssayError(.badInput, "the names end in 2 different tokens")
    }
    return ToolResult(
      summary: "read", result: ["matrices": [["matrix": "a matrix", "p": 1]]], tokens: 0)
  }
}

@Suite struct InvestigatorDeskTests {
  @Test func `weights are read without names where names cannot be told apart`() async throws {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("desk-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let game = try TemporaryMatch(
      in: root, suspect: TinyModel.make(), tools: [ToolEntry(Nameless.self)])
    let report = try await Investigator.audit(game.session)
    let told = report.narrative.map(\.text)
    #expect(told.contains { $0.contains("No matrix holds an entry") })
    #expect(!told.contains { $0.contains("cannot be used on this suspect") })
  }

  @Test func `a tool that cannot read the suspect is noted once and ends no audit`() async throws {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("desk-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let game = try TemporaryMatch(
      in: root, suspect: TinyModel.make(), tools: [ToolEntry(Unable.self)])
    let report = try await Investigator.audit(game.session)
    // What was not looked into keeps its prior.
    #expect(report.verdict == .inconclusive && abs(report.probabilityModified - 0.5) < 1e-9)
    #expect(report.claims.isEmpty)
    let told = report.narrative.filter { $0.text.contains("the model has no tokenizer") }
    #expect(told.count == 1)
  }
}
