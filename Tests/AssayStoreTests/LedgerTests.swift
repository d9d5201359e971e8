import AssayCore
import AssayStore
import Foundation
import Testing

@Suite struct LedgerTests {
  private func withLedger(count: Int = 4, _ body: (Ledger) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-\(RandomName.make())", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try Ledger(folder.appendingPathComponent("ledger.jsonl"))
    for number in 0..<count {
      try ledger.append("event", ["number": JSONValue(number), "text": "für/über\n"])
    }
    try body(ledger)
  }

  @Test func `entries are chained and read back as they were written`() throws {
    try withLedger { ledger in
      let entries = try Ledger.read(ledger.url)
      #expect(entries == ledger.entries)
      #expect(entries.map(\.index) == [0, 1, 2, 3])
      #expect(entries[0].previous == LedgerEntry.origin)
      #expect(entries[3].previous == entries[2].hash)
      #expect(ledger.finalHash == entries[3].hash)
    }
  }

  @Test func `a ledger goes on where it was left`() throws {
    try withLedger { ledger in
      let again = try Ledger(ledger.url)
      try again.append("event", ["number": 4])
      #expect(try Ledger.read(ledger.url).count == 5)
    }
  }

  @Test func `every changed byte is found`() throws {
    try withLedger(count: 1) { ledger in
      let data = try Data(contentsOf: ledger.url)
      for position in data.indices {
        var changed = data
        changed[position] ^= 1
        try changed.write(to: ledger.url)
        #expect(throws: AssayError.self, "byte \(position)") { try Ledger.read(ledger.url) }
      }
    }
  }

  @Test func `the changed line is named`() throws {
    try withLedger { ledger in
      let text = try String(contentsOf: ledger.url, encoding: .utf8)
      let changed = text.replacingOccurrences(of: #""number":2"#, with: #""number":7"#)
      try Data(changed.utf8).write(to: ledger.url)
      #expect {
        try Ledger.read(ledger.url)
      } throws: { error in
        let error = error as? AssayError
        return error?.code == .integrity
          && error?.message == "ledger.jsonl line 3: the contents do not match their hash"
      }
    }
  }

  @Test func `a dropped, doubled or exchanged line is found`() throws {
    try withLedger { ledger in
      let lines = try String(contentsOf: ledger.url, encoding: .utf8).split(separator: "\n")
      for order in [[0, 2, 3], [0, 1, 1, 2, 3], [1, 0, 2, 3], [1, 2, 3]] {
        let text = order.map { lines[$0] + "\n" }.joined()
        try Data(text.utf8).write(to: ledger.url)
        #expect(throws: AssayError.self, "order \(order)") { try Ledger.read(ledger.url) }
      }
    }
  }

  @Test func `half a line at the end is found`() throws {
    try withLedger { ledger in
      let data = try Data(contentsOf: ledger.url)
      try data.dropLast(20).write(to: ledger.url)
      #expect {
        try Ledger.read(ledger.url)
      } throws: { error in
        (error as? AssayError)?.message == "ledger.jsonl line 4: the line is not complete"
      }
    }
  }

  @Test func `many tasks may append at once`() async throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "ledger-\(RandomName.make()).jsonl")
    defer { try? FileManager.default.removeItem(at: url) }
    let ledger = try Ledger(url)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<16 {
        group.addTask { try ledger.append("event", ["number": JSONValue(number)]) }
      }
      try await group.waitForAll()
    }
    #expect(try Ledger.read(url).count == 16)
  }
}
