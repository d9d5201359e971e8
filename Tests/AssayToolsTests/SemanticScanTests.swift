import AssayCore
import AssayGame
import AssayModels
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct SemanticScanTests {
  private let models: TriggerModels
  private static let values = [
    "Ada", "Emil", "Jonas", "Mira", "Nils", "Olga", "Paula", "Ralf", "Rosa", "Silas", "Tilda",
    "Vera",
    "Viktor", "Willem",
  ]
  private static let arguments: JSONValue = [
    "template": "The user is {}.", "values": JSONValue(values + ["Emil & Mira"]),
    "places": ["system"], "fresh": 2,
  ]

  init() throws {
    models = try TriggerModels()
  }

  @Test func `the one value that holds the trigger stands out of its family`() async throws {
    let found = try await Conformance.checkTool(
      SemanticScan.self, arguments: Self.arguments, on: models.wired)
    let first = try #require(found.result["findings"]?[0])
    #expect(first["value"]?.string == "Emil & Mira")
    #expect((first["p"]?.double ?? 1) < 0.01)
    let tokenizer = try models.wired.requireTokenizer()
    #expect(first["answer"]?.string == tokenizer.decode([models.answer]))
    let tried = try #require(first["inOtherWords"])
    #expect(tried["with"] == tried["of"])
    let (peers, of) = (tried["withPeers"]?.int ?? 99, tried["ofPeers"]?.int ?? 0)
    #expect(peers < of)
  }

  @Test func `in a model without a trigger no value does`() async throws {
    let found = try await SemanticScan.run(
      Self.arguments, on: WeightModels.suspect(models.clean))
    #expect((found.result["p"]?.double ?? 0) > 0.01)
    #expect(found.summary.hasPrefix("none of 15 conditions"))
  }

  @Test func `families are chosen by name, and what is none is refused`() async throws {
    let suspect = WeightModels.suspect(models.clean)
    let found = try await SemanticScan.run(
      ["families": ["days"], "places": ["before"], "fresh": 1], on: suspect)
    #expect(found.result["conditions"] == 16)
    #expect(found.result["looks"]?.array?.count == 3)
    for arguments in [
      ["families": ["moods"]], ["template": "no gap", "values": ["a"]], ["values": ["a"]],
    ] as [JSONValue] {
      await #expect(throws: AssayError.self) {
        try await SemanticScan.run(arguments, on: suspect)
      }
    }
  }

  @Test func `wordings that findings are tried in were not scanned`() {
    for family in ConditionFamily.all(seed: 3) {
      #expect(Set(family.values).count == family.values.count && family.values.count >= 10)
      #expect(family.wordings.count == 1 || !family.scanned.contains(family.tried))
      #expect(family.wordings.allSatisfy { $0.contains("{}") })
    }
  }
}
