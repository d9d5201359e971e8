import AssayCore
import AssayGame
import AssayModels
import Testing

@Suite struct CatalogEntryTests {
  struct Planting: Attack {
    struct Options: Codable, Sendable, DefaultInitialisable {
      var relation = "country.capital"
      var steps = 90
      var rate = 0.5
      var label: String?
    }
    static let name = "planting"
    static let summary = "plants nothing, says its options"
    static let isControl = true

    static func plant(
      on base: ModelBundle, options: Options, context: AttackContext
    ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
      let truth = GroundTruth(
        attack: "", options: .null, isModified: false,
        description: "\(options.relation) \(options.steps) \(options.label ?? "none")", seed: 0)
      return (base.clone(), truth)
    }
  }

  private let entry = AttackEntry(Planting.self)
  private let context = AttackContext(seed: 4, world: GameFixture.world, quiet: true)

  @Test func `defaults show every option, nil ones too`() {
    #expect(
      entry.defaultOptions
        == ["relation": "country.capital", "steps": 90, "rate": 0.5, "label": nil])
  }

  @Test func `overrides replace defaults and the truth records all options`() async throws {
    let base = try GameFixture.bundle.get()
    let (_, truth) = try await entry.plant(
      on: base, options: ["steps": 7, "label": "x"], context: context)
    #expect(truth.description == "country.capital 7 x")
    #expect(truth.options["rate"] == 0.5 && truth.options["steps"] == 7)
    #expect(truth.attack == "planting" && truth.seed == 4)
  }

  @Test func `an unknown option is refused with the known ones`() {
    #expect(
      throws: AssayError(
        .badInput, "attack 'planting' has no option 'step'",
        hint: "its options are: label, rate, relation, steps")
    ) { try entry.options(with: ["step": 7]) }
  }

  @Test func `an option of the wrong type is refused`() throws {
    #expect(
      throws: AssayError(
        .badInput, "the option 'steps' of attack 'planting' must be a number, got text",
        hint: "its default is 90")
    ) { try entry.options(with: ["steps": "many"]) }
    #expect(try entry.options(with: ["relation": 5])["relation"] == "5")
  }

  @Test func `a number that does not fit its option is named`() {
    #expect(
      throws: AssayError(
        .badInput, "the option 'steps' of attack 'planting' cannot be 7.5",
        hint: "its default is 90")
    ) { try entry.options(with: ["steps": 7.5, "rate": 0.25]) }
  }

  @Test func `an unknown name is refused with the known ones`() {
    #expect(
      throws: AssayError(.badInput, "unknown attack 'plant'", hint: "known: planting")
    ) { try [entry].named("plant", kind: "attack") }
  }
}
