import AssayCore
import AssayStore
import Foundation
import Testing

@testable import AssayArena
@testable import AssayCLI

@Suite struct OutsideCommandTests {
  private static func line(_ id: Int, _ tool: String, _ arguments: String) -> String {
    """
    {"jsonrpc":"2.0","id":\(id),"method":"tools/call","params":{"name":"\(tool)",\
    "arguments":\(arguments),"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
    "io.modelcontextprotocol/clientCapabilities":{}}}}
    """
  }

  private static let question = line(1, "sample", #"{"prompts":["a"],"maxNewTokens":2}"#)
  private static let report = line(
    2, "submit_report", #"{"verdict":"clean","probabilityModified":0.25,"claims":[]}"#)

  /// An untouched tiny organism in a store of its own.
  private func plant(_ tiny: TinyModelFolder) async throws -> String {
    let run = await CommandRun.assay(
      "plant", "--attack", "exact-copy", "--base", tiny.model.path, "--store", tiny.path("runs"),
      "--quiet", "--json")
    #expect(run.code == 0, "\(run.errors)")
    return try #require(run.json["directory"]?.string)
  }

  @Test func `audit runs a program, says how it ended, and its report is judged`() async throws {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let organism = try await plant(tiny)
    let script = "IFS= read -r a <&0 & printf '%s\\n%s\\n' '\(Self.question)' '\(Self.report)'"
    try Data(script.utf8).write(to: URL(fileURLWithPath: tiny.path("auditor.sh")))
    let run = await CommandRun.assay(
      "audit", organism, "--auditor-command", "sh '\(tiny.path("auditor.sh"))'", "--rules",
      "black-box", "--time-limit", "900", "--json")
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.json["verdict"] == "clean" && run.json["costs"]?["calls"] == 1)
    #expect(run.json["ending"]?.string?.contains("handed in its report") == true)
    let match = try #require(run.json["directory"]?.string)
    let judged = await CommandRun.assay("judge", match, "--quiet")
    #expect(judged.code == 0, "\(judged.errors)")
    let verified = await CommandRun.assay("verify", match)
    #expect(verified.code == 0, "\(verified.output)")
  }

  @Test func `flags that do not go together are refused`() async {
    for flags in [
      ["--unconfined"], ["--readable", "/tmp"], ["--auditor-command", "a", "--report", "b"],
      ["--auditor-command", "a", "--time-limit", "0"],
    ] {
      let run = await CommandRun.assay(["audit", "x"] + flags)
      #expect(run.code == 64, "\(flags)")
    }
    #expect(await CommandRun.assay("mcp").code == 64)
    #expect(await CommandRun.assay("mcp", "x", "--match", "y").code == 64)
  }

  @Test func `mcp writes nothing but messages to standard output, and the match is over`()
    async throws
  {
    let tiny = try TinyModelFolder()
    defer { tiny.remove() }
    let organism = try await plant(tiny)
    let process = Process()
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    process.executableURL = TournamentProcess.program
    process.arguments = ["mcp", organism, "--name", "a-client", "--seed", "5"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    try input.fileHandleForWriting.write(
      contentsOf: Data("\(Self.question)\n\(Self.report)\n".utf8))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    let noted = String(
      decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(noted)")
    let replies = try said.split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(JSONValue.self, from: Data($0))
    }
    #expect(replies.map { $0["result"]?["isError"] } == [false, false])
    let id = try #require(replies[1]["result"]?["structuredContent"]?["match"]?.string)
    #expect(noted.contains("serving match \(id)") && noted.contains("is over: clean"))
    let match = try MatchStore(root: URL(fileURLWithPath: tiny.path("runs"))).match(id)
    #expect(try match.report().auditor == "a-client" && match.report().seed == 5)
  }

  @Test func `the server has the program's version`() {
    #expect(AssayCommand.configuration.version == AuditServer.version)
  }
}
