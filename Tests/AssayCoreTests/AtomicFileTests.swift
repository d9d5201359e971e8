import AssayCore
import Foundation
import Testing

@Suite struct AtomicFileTests {
  @Test func `a file is replaced whole and no temporary file stays`() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("a.json")
    try AtomicFile.write(Data("first".utf8), to: file)
    try AtomicFile.write(Data("second".utf8), to: file)
    #expect(try String(contentsOf: file, encoding: .utf8) == "second")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.json"])
  }

  @Test func `a missing folder is named with the next step`() {
    let file = URL(fileURLWithPath: "/nowhere/at/all.json")
    #expect {
      try AtomicFile.write(Data(), to: file)
    } throws: { error in
      let error = error as? AssayError
      return error?.code == .io && error?.hint == "the folder /nowhere/at does not exist"
    }
  }

  #if os(Linux)
    @Test func `a full disk is an error that says so`() throws {
      let descriptor = open("/dev/full", O_WRONLY)
      try #require(descriptor >= 0)
      defer { close(descriptor) }
      #expect {
        try AtomicFile.write(
          Data(count: 4096), descriptor: descriptor, naming: URL(fileURLWithPath: "/models/a"))
      } throws: { error in
        let error = error as? AssayError
        return error?.code == .io
          && error?.message == "cannot write '/models/a': no space left on device"
          && error?.hint == "free some space and run the command again"
      }
    }
  #endif

  @Test func `a refused write leaves the old file and nothing else`() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    // A folder with contents cannot be replaced by a file, so the rename fails.
    let taken = folder.appendingPathComponent("taken")
    try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: true)
    try Data("old".utf8).write(to: taken.appendingPathComponent("old"))
    #expect(throws: AssayError.self) { try AtomicFile.write(Data("new".utf8), to: taken) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: taken.path) == ["old"])
  }

  private func temporaryFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-\(UInt64.random(in: 0 ... .max))", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }
}
