import AssayArena
import AssayCore
import Foundation
import Testing

@testable import AssayCLI

@Suite struct AssayToolTests {
  @Test(arguments: [
    ["no-such-command"], ["play"], ["play", "--attack"], ["play", "--seed", "minus"],
    ["model", "logits", "--model", "x"], ["audit"], ["world", "build", "--out", "x", "--bogus"],
    ["model", "generate", "--model", "x", "--prompt", "y", "--top-p", "2"],
    ["world", "exam", "--model", "x", "--questions", "0"], ["tool", "run"],
    ["tool", "run", "sample"],
  ])
  func `a command line that makes no sense ends with 64`(_ arguments: [String]) async {
    let run = await Self.run(arguments)
    #expect(run.code == 64)
    #expect(run.output.isEmpty && run.errors.contains("Usage:"))
  }

  @Test(arguments: [
    ["model", "info", "--model", "no-such-model"], ["verify", "no-such-match"],
    ["judge", "no-such-match"], ["audit", "/no/such/organism"],
    ["play", "--attack", "no-such-attack"], ["plant", "--attack", "no-such-attack"],
    ["play", "--attack", "exact-copy", "--auditor", "nobody"],
    ["play", "--attack", "exact-copy", "--rules", "nowhere"],
    ["world", "train-base", "--recipe", "none", "--out", "/tmp/none"],
    ["tool", "run", "no-such-tool", "--model", "smallworld-1m"],
    ["tool", "run", "canonical-form", "--model", "no-such-model"],
  ])
  func `input that cannot be used ends with 1, one error and a hint`(
    _ arguments: [String]
  ) async {
    let run = await Self.run(arguments)
    #expect(run.code == 1)
    let lines = run.errors.split(separator: "\n")
    #expect(lines.first?.hasPrefix("error: ") == true, "\(run.errors)")
    #expect(lines.count <= 2 && lines.dropFirst().allSatisfy { $0.hasPrefix("hint: ") })
    #expect(run.output.isEmpty)
  }

  @Test(arguments: [
    [], ["play"], ["plant"], ["audit"], ["judge"], ["verify"], ["doctor"], ["demo"], ["model"],
    ["model", "info"], ["model", "generate"], ["model", "logits"], ["world"],
    ["tool"], ["tool", "list"], ["tool", "run"], ["world", "build"], ["world", "sample"],
    ["world", "exam"], ["world", "train-base"],
  ])
  func `every command explains itself`(_ command: [String]) async {
    let run = await Self.run(command + ["--help"])
    #expect(run.code == 0 && run.errors.isEmpty)
    #expect(run.output.contains("OVERVIEW:") && run.output.contains("USAGE:"))
    if !["model", "world", "tool"].contains(command.last ?? "") {
      #expect(run.output.contains("assay \(command.joined(separator: " "))"), "an example")
    }
    // The usage line is the parser's own and has no breaks.
    for line in run.output.split(separator: "\n") where !line.hasPrefix("USAGE:") {
      #expect(line.count <= 100, "\(line)")
    }
  }

  @Test func `a command leaves the console alone that it was not given`() async {
    let run = await Self.run(["world", "sample", "--register", "code"])
    #expect(run.code == 0 && run.errors.isEmpty && run.output.contains("fn "))
    #expect(!run.output.contains("\u{1b}"), "no colours where there is no terminal")
  }

  private static func run(_ arguments: [String]) async -> CommandRun {
    await CommandRun.assay(arguments)
  }
}
