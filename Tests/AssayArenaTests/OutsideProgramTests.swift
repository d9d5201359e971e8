import AssayCore
import Foundation
import Testing

@testable import AssayArena

@Suite struct OutsideProgramTests {
  @Test(arguments: [
    ("python a.py", ["python", "a.py"]), ("  a   b ", ["a", "b"]),
    ("sh -c 'a b' \"c d\"", ["sh", "-c", "a b", "c d"]), (#"a\ b c"#, ["a b", "c"]),
    (#""a\"b" 'c\d' "e\f""#, [#"a"b"#, #"c\d"#, #"e\f"#]), ("a '' b", ["a", "", "b"]),
    ("a'b'\"c\"", ["abc"]), ("$HOME *", ["$HOME", "*"]),
  ])
  func `a command line is split as a shell splits it`(_ line: String, _ words: [String]) throws {
    #expect(try CommandWords.split(line) == words)
  }

  @Test(arguments: ["", "  ", "a 'b", "a \"b"])
  func `a command line that is none is refused`(_ line: String) {
    #expect(throws: AssayError.self) { try CommandWords.split(line) }
  }

  @Test func `files that the command names become readable, and so does the program's environment`()
    throws
  {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-program-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = FileManager.default
    let environment = folder.appendingPathComponent("venv")
    for name in ["venv/bin", "real/bin", "real/lib"] {
      try files.createDirectory(
        at: folder.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    try Data().write(to: environment.appendingPathComponent("pyvenv.cfg"))
    let real = folder.appendingPathComponent("real/bin/tool")
    try Data("#!/bin/sh\n".utf8).write(to: real)
    try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: real.path)
    let link = environment.appendingPathComponent("bin/tool")
    try files.createSymbolicLink(atPath: link.path, withDestinationPath: "../../real/bin/tool")
    let script = folder.appendingPathComponent("my auditor.py")
    try Data().write(to: script)
    let request = OutsideRequest(command: "'\(link.path)' '\(script.path)' --fast")
    let program = try OutsideProgram(request, hidden: [])
    #expect(program.words == [link.path, script.path, "--fast"])
    #expect(program.name == "outside:my auditor.py")
    #expect(
      program.readable
        == [environment.path, folder.appendingPathComponent("real").path, script.path])
    // An environment that holds what is hidden, or that is somebody's home, is not shown as a whole.
    let hidden = folder.appendingPathComponent("real/lib").path
    let narrow = try OutsideProgram(
      request, hidden: [hidden],
      environment: ["HOME": environment.path, "PATH": "/usr/bin"])
    #expect(narrow.readable == [link.path, real.path, script.path])
  }

  @Test func `a hidden folder is covered wherever something readable holds it`() {
    let confinement = Confinement(bubblewrap: "/usr/bin/bwrap", name: "")
    let words = confinement.arguments(
      readable: [], hidden: ["/usr/lib", "/no/such"], limits: OutsideLimits())
    let covered = words.indices.filter { words[$0] == "--tmpfs" }.map { words[$0 + 1] }
    #expect(covered.contains("/usr/lib") && !covered.contains("/no/such"))
    #expect(words.contains("--unshare-net") && words.contains("--die-with-parent"))
    #expect(SystemCallFilter.program?.count.isMultiple(of: 8) == true)
    #expect(words.contains("--clearenv") && !words.contains("--bind"))
  }
}
