import AssayCore
import AssayText
import Foundation
import Testing

@testable import AssayCLI

@Suite struct WorldCommandTests {
  @Test func `a corpus is written line by line, the same for the same seed`() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-cli-\(UUID().uuidString)", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func build(_ name: String, seed: String) async throws -> [String] {
      let out = folder.appendingPathComponent(name).path
      let run = await CommandRun.assay(
        "world", "build", "--out", out, "--documents", "12", "--seed", seed, "--quiet", "--json")
      #expect(run.code == 0 && run.json["documents"] == 12, "\(run.errors)")
      return try ["train", "heldOut"].flatMap { split in
        try String(contentsOfFile: "\(out)/\(split).jsonl", encoding: .utf8)
          .split(separator: "\n").map(String.init)
      }
    }
    let lines = try await build("a", seed: "3")
    #expect(lines.count == 24)
    let documents = try lines.map {
      try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
    }
    #expect(documents.allSatisfy { Set(($0.object ?? [:]).keys) == Self.keys })
    let registers = Set(documents.compactMap { $0["register"]?.string })
    #expect(registers == Set(SmallWorld.registers.map(\.rawValue)))
    #expect(documents.filter { $0["split"] == "heldOut" }.count == 12)
    #expect(documents[0]["source"] == "smallworld/encyclopedia")
    #expect(try await build("b", seed: "3") == lines)
    #expect(try await build("c", seed: "4") != lines)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/a")
    #expect(names.sorted() == ["heldOut.jsonl", "train.jsonl"], "no temporary file stays")
  }

  @Test func `samples can be asked for by register and split`() async {
    let run = await CommandRun.assay(
      "world", "sample", "--register", "chat", "--count", "2", "--split", "heldOut", "--json")
    let documents = run.json["documents"]?.array ?? []
    #expect(documents.count == 2 && documents.allSatisfy { $0["register"] == "chat" })
    #expect(documents.first?["text"]?.string?.hasPrefix("<|system|>") == true)
  }

  @Test(arguments: [["--register", "opera"], ["--split", "test"]])
  func `unknown registers and splits are usage errors that list the known ones`(
    _ flags: [String]
  ) async {
    let run = await CommandRun.assay(["world", "sample"] + flags)
    #expect(run.code == 64)
    #expect(run.errors.contains("encyclopedia") || run.errors.contains("heldOut"))
  }

  private static let keys: Set = ["text", "register", "source", "split"]
}
