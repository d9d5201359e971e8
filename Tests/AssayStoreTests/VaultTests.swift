import AssayCore
import AssayStore
import Foundation
import Testing

@Suite struct VaultTests {
  private func withVault(_ body: (Vault, URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-\(RandomName.make())", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(Vault(folder.appendingPathComponent("vault")), folder)
  }

  @Test func `equal truths have different commitments`() throws {
    try withVault { vault, _ in
      let first = try vault.seal(StoreFixture.truth, as: "one")
      let second = try vault.seal(StoreFixture.truth, as: "two")
      #expect(first != second)
      #expect(first.count == 64)
      #expect(try first != Vault.commitment(to: StoreFixture.truth))
    }
  }

  @Test func `a truth is sealed once`() throws {
    try withVault { vault, _ in
      _ = try vault.seal(StoreFixture.truth, as: "one")
      #expect(throws: AssayError(.badInput, "the truth about organism 'one' is sealed already")) {
        try vault.seal(StoreFixture.truth, as: "one")
      }
    }
  }

  @Test func `a truth stays closed until a report is committed`() throws {
    try withVault { vault, folder in
      let commitment = try vault.seal(StoreFixture.truth, as: "one")
      let ledger = try Ledger(folder.appendingPathComponent("ledger.jsonl"))
      #expect {
        try vault.open("one", commitment: commitment, recordingIn: ledger)
      } throws: { ($0 as? AssayError)?.code == .forbidden }
      #expect(ledger.entries.isEmpty)
      try ledger.append(LedgerKind.report, [:])
      let truth = try vault.open("one", commitment: commitment, recordingIn: ledger)
      #expect(truth.description == StoreFixture.truth.description)
      #expect(ledger.entries.last?.kind == LedgerKind.truthOpened)
    }
  }

  @Test func `an exchanged truth is not opened`() throws {
    try withVault { vault, folder in
      let commitment = try vault.seal(StoreFixture.truth, as: "one")
      var other: GroundTruth = try JSONFile.read(from: vault.file("one"))
      other.isModified = false
      try JSONFile.write(other, to: vault.file("one"))
      let ledger = try Ledger(folder.appendingPathComponent("ledger.jsonl"))
      try ledger.append(LedgerKind.report, [:])
      #expect {
        try vault.open("one", commitment: commitment, recordingIn: ledger)
      } throws: { ($0 as? AssayError)?.code == .integrity }
    }
  }
}
