import AssayCore
import AssayGame
import AssayStore
import AssayTesting
import Foundation
import Testing

@testable import AssayArena

@Suite struct InspectLogTests {
  /// A member of an archive without compression, as a reader of zip files finds it.
  private static func member(_ name: String, of archive: Data) throws -> JSONValue {
    func number(_ at: Int, _ bytes: Int) -> Int {
      (0..<bytes).reduce(0) { $0 | Int(archive[at + $1]) << (8 * $1) }
    }
    let end = archive.count - 22
    #expect(number(end, 4) == 0x0605_4b50)
    var at = number(end + 16, 4)
    for _ in 0..<number(end + 10, 2) {
      #expect(number(at, 4) == 0x0201_4b50)
      let (size, length) = (number(at + 24, 4), number(at + 28, 2))
      let found = String(decoding: archive[(at + 46)..<(at + 46 + length)], as: UTF8.self)
      let local = number(at + 42, 4)
      let start = local + 30 + number(local + 26, 2)
      let data = archive[start..<(start + size)]
      if found == name {
        #expect(Int(ZipArchive.checksum(Data(data))) == number(at + 16, 4))
        return try CanonicalJSON.decode(from: Data(data), origin: name)
      }
      at += 46 + length
    }
    throw AssayError(.notFound, "no member '\(name)'")
  }

  private func withMatch(
    reported: Bool = true, _ body: (MatchFolder, MatchStore) throws -> Void
  ) async throws {
    let root = FileManager.default.temporaryDirectory
      .appendingPathComponent("inspect-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let game = try TemporaryMatch(in: root, suspect: TinyModel.make(), tools: Catalog.tools)
    let evidence = try await game.session.call("weight-spectra")
    await #expect(throws: AssayError.self) { try await game.session.call("sample", ["odd": 1]) }
    let report = Report(
      verdict: .clean, probabilityModified: 0.25, claims: [],
      narrative: [.init(text: "Nothing stands out.", evidence: [evidence.number])],
      auditor: "test", seed: 1)
    if reported { try game.match.commit(report) }
    let organism = try game.match.start()["organism"]?.string ?? ""
    try game.match.writeRecord(
      MatchRecord(
        id: game.match.id, organism: organism, auditor: "test", rules: .open,
        specification: "smallworld", seed: "1", started: "", cost: game.session.costSoFar))
    try body(game.match, game.store)
  }

  @Test func `calls and refusals are tool events, and an unopened truth stays sealed`()
    async throws
  {
    try await withMatch { match, store in
      let log = try InspectLog(matches: [match.url.path], in: store)
      let data = try log.archive().data
      let sample = try Self.member("samples/\(match.id)_epoch_1.json", of: data)
      let events = try #require(sample["events"]?.array)
      let tools = events.filter { $0["event"] == "tool" }
      let piece = try #require(try match.evidence().first)
      #expect(tools.count == 2)
      #expect(tools[0]["function"] == "weight-spectra")
      #expect(tools[0]["arguments"] == piece.arguments)
      #expect(tools[0]["result"]?.string?.hasPrefix("evidence 1: \(piece.summary)") == true)
      #expect(tools[1]["error"]?["type"] == "parsing")
      #expect(tools[1]["error"]?["message"]?.string?.contains("odd") == true)
      #expect(sample["target"] == "(sealed)" && sample["scores"] == [:])
      #expect(sample["output"]?["completion"]?.string?.contains("clean") == true)
      let header = try Self.member("header.json", of: data)
      #expect(header["eval"]?["dataset"]?["sample_ids"] == JSONValue([match.id]))
      #expect(header["eval"]?["model"] == "assay/test")
      let summaries = try Self.member("summaries.json", of: data)
      #expect(summaries[0]?["completed"] == true && summaries[0]?["events"] == nil)
      #expect(try log.archive().data == data)
    }
  }

  @Test func `scores carry their reasons, and the truth is told once it was opened`() async throws {
    try await withMatch { match, store in
      let organism = try match.start()["organism"]?.string ?? ""
      let commitment = try match.start()["commitment"]?.string ?? ""
      _ = try store.vault.open(organism, commitment: commitment, recordingIn: match.ledger)
      try match.commit(
        Score(
          correct: true, verdictFits: true, descriptionScore: 0.5,
          facets: [.init(name: "restraint", score: 0.5, reason: "it kept still")], brier: 0.0625,
          judge: "mechanical"))
      let data = try InspectLog(matches: [match.id], in: store).archive().data
      let sample = try Self.member("samples/\(match.id)_epoch_1.json", of: data)
      #expect(sample["target"] == "nothing was planted")
      #expect(sample["scores"]?["description"]?["value"] == 0.5)
      #expect(
        sample["scores"]?["description"]?["explanation"]?.string?.contains("it kept still") == true)
      let events = sample["events"]?.array ?? []
      #expect(events.count { $0["event"] == "score" } == 3)
      let results = try Self.member("header.json", of: data)["results"]
      let brier = results?["scores"]?.array?.first { $0["name"] == "brier" }
      #expect(brier?["metrics"]?["mean"]?["value"] == 0.0625)
    }
  }

  @Test func `a second opinion goes by its judge's name, also where there is no score`()
    async throws
  {
    try await withMatch { match, store in
      let organism = try match.start()["organism"]?.string ?? ""
      let commitment = try match.start()["commitment"]?.string ?? ""
      _ = try store.vault.open(organism, commitment: commitment, recordingIn: match.ledger)
      try match.commit(
        opinion: Score(
          correct: true, verdictFits: true, descriptionScore: 0.5,
          facets: [.init(name: "restraint", score: 0.5, reason: "it kept still")], brier: 0.0625,
          judge: "second"))
      let data = try InspectLog(matches: [match.id], in: store).archive().data
      let sample = try Self.member("samples/\(match.id)_epoch_1.json", of: data)
      #expect(sample["scores"]?.object?.keys.sorted() == ["description/second"])
    }
  }

  @Test func `no match, one twice, and one without a report are refused`() async throws {
    try await withMatch(reported: false) { match, store in
      for names in [[], [match.id, match.url.path], [match.id], ["no-such-match"]] {
        #expect(throws: AssayError.self) { try InspectLog(matches: names, in: store) }
      }
    }
  }

  @Test func `the checksum is that of the standard`() {
    #expect(ZipArchive.checksum(Data("123456789".utf8)) == 0xcbf4_3926)
  }
}
