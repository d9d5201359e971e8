import AssayCore
import AssayStore
import Foundation
import Testing

@Suite struct MatchStoreTests {
  @Test func `an organism's folder holds its weights, its card and nothing of the truth`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let folder = try fixture.store.organismFolder(fixture.organism.id)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(files == ["model.safetensors", "organism.json"])
    let card = try String(
      contentsOf: folder.appendingPathComponent("organism.json"), encoding: .utf8)
    #expect(!card.contains("Africa") && !card.contains("false"))
    #expect(try fixture.store.organism(fixture.organism.id) == fixture.organism)
  }

  @Test func `file times of organisms are all the same`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    let folder = try fixture.store.organismFolder(fixture.organism.id)
    for name in ["model.safetensors", "organism.json", ""] {
      let path = folder.appendingPathComponent(name).path
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.modificationDate] as? Date == MatchStore.normalisedTime)
    }
  }

  @Test func `ids are random and never leave the store`() throws {
    let store = MatchStore(root: FileManager.default.temporaryDirectory)
    #expect(RandomName.make() != RandomName.make())
    for id in ["", "..", "a/b", "../vault/x", "ä"] {
      #expect(throws: AssayError.self, "id '\(id)'") { try store.organismFolder(id) }
    }
  }

  @Test func `matches are found again, unknown ones with the known ones`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    #expect(fixture.store.matches() == [fixture.match.id])
    #expect(fixture.store.organisms() == [fixture.organism.id])
    let match = try fixture.store.match(fixture.match.id)
    #expect(try match.report() == StoreFixture.report)
    #expect(try match.evidence().map(\.number) == [1, 2])
    #expect {
      try fixture.store.match("feed")
    } throws: { error in
      (error as? AssayError)?.hint == "there are: \(fixture.match.id)"
    }
  }

  @Test func `one report counts`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    #expect {
      try fixture.match.commit(StoreFixture.report)
    } throws: { ($0 as? AssayError)?.code == .forbidden }
  }

  @Test func `a missing or broken file is named`() throws {
    let fixture = try StoreFixture()
    defer { fixture.remove() }
    try Data("{\"auditor\": 3}".utf8).write(to: fixture.match.reportFile)
    #expect {
      try fixture.match.report()
    } throws: { error in
      let error = error as? AssayError
      return error?.code == .corrupt
        && error?.message.contains(fixture.match.reportFile.path) == true
    }
  }
}
