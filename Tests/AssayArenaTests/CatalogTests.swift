import AssayArena
import AssayGame
import Foundation
import Testing

@Suite struct CatalogTests {
  private static let sources = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources", isDirectory: true)

  @Test(arguments: ["Attack", "Tool", "Auditor", "Judge"])
  func `every file of the folder has its line in the catalogue`(_ kind: String) throws {
    let catalog = try String(
      contentsOf: Self.sources.appendingPathComponent("AssayArena/Catalog.swift"), encoding: .utf8)
    let types = try Self.types(of: kind)
    #expect(!types.isEmpty)
    for type in types {
      #expect(
        catalog.contains("\(kind)Entry(\(type).self)"),
        "add \(kind)Entry(\(type).self) to Catalog.swift")
    }
  }

  @Test func `every way of hiding has its line in the catalogue`() throws {
    let folder = Self.sources.appendingPathComponent("AssayAttacks/Hiding", isDirectory: true)
    let inside = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let files = (inside?.allObjects ?? []).compactMap { $0 as? URL }
    let types = try files.flatMap {
      Self.declared(try String(contentsOf: $0, encoding: .utf8), kind: "Hiding")
    }
    let catalog = try String(
      contentsOf: Self.sources.appendingPathComponent("AssayArena/Catalog.swift"), encoding: .utf8)
    #expect(types.count >= 7)
    for type in types {
      #expect(catalog.contains("HidingEntry(\(type).self)"), "add \(type) to Catalog.swift")
    }
  }

  @Test func `a type that is declared in passing is not taken for an entry`() throws {
    #expect(try !Self.types(of: "Attack").contains("NoOptions"))
    #expect(Self.declared("public enum FalseFacts: Attack {", kind: "Attack") == ["FalseFacts"])
    #expect(Self.declared("struct Toolbox: Toolset {", kind: "Tool").isEmpty)
  }

  @Test func `names are unique within a kind`() {
    for names in [
      Catalog.attacks.map(\.name), Catalog.tools.map(\.name), Catalog.auditors.map(\.name),
      Catalog.judges.map(\.name), Catalog.hidings.map(\.name),
    ] {
      #expect(Set(names).count == names.count && !names.contains(""))
    }
  }

  @Test func `the game has attacks and controls`() {
    #expect(Catalog.attacks.contains { $0.isControl })
    #expect(Catalog.attacks.contains { !$0.isControl })
  }

  /// The types in the folder of `kind` that declare themselves to be one.
  private static func types(of kind: String) throws -> [String] {
    let folder = sources.appendingPathComponent("Assay\(kind)s", isDirectory: true)
    let inside = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let files = (inside?.allObjects ?? []).compactMap { $0 as? URL }
      .filter { $0.pathExtension == "swift" }
    return try files.flatMap {
      declared(try String(contentsOf: $0, encoding: .utf8), kind: kind)
    }
  }

  private static func declared(_ source: String, kind: String) -> [String] {
    source.split(separator: "\n").compactMap { line in
      let match = line.firstMatch(
        of: /^(?:public |final )*(?:enum|struct|class|actor) (\w+): ([^{]+)/)
      guard let match else { return nil }
      let protocols = match.output.2.split { !$0.isLetter }
      return protocols.contains(Substring(kind)) ? String(match.output.1) : nil
    }
  }
}
