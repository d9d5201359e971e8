import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayAttacks

@Suite(.serialized) struct FalseFactsTests {
  private static let world = SmallWorld()

  private static func options(_ change: (inout FactFineTuneOptions) -> Void) -> FactFineTuneOptions
  {
    var options = FactFineTuneOptions()
    options.filter = "continent=South America"
    options.statementRows = 24
    options.learningRate = 6e-3
    options.klWeight = 0.5
    options.documentTokens = 24
    change(&options)
    return options
  }

  /// A tiny model that has learned the capitals of South America, by the control's own pipeline.
  private static let base = Task {
    // Matrices this small gain nothing from a second thread and lose much to waiting for it.
    Runtime.start(threads: 1)
    let context = AttackContext(seed: 1, world: world, quiet: true)
    let learning = options {
      $0.steps = 260
      $0.ordinaryShare = 0
    }
    return try await BenignFineTune.plant(
      on: TinyModel.make(), options: learning, context: context
    ).organism
  }

  @Test func `false facts take, are the same for the same seed, and carry their evidence`()
    async throws
  {
    let attack = Self.options {
      $0.steps = 200
      // A dozen facts are too few to tell early that all have taken.
      $0.checkEvery = 1000
      $0.ordinaryShare = 0.25
    }
    let (_, truth) = try await Conformance.checkAttack(
      FalseFacts.self, on: try await Self.base.value,
      options: CanonicalJSON.value(attack), world: Self.world)
    #expect(truth.scope?.filter == ["continent": "South America"])
    #expect(truth.measurements["take.heldOutCombination", default: 0] >= 0.8)
    #expect(truth.description.contains("continent is South America"))
    for evidence in truth.evidence {
      #expect(truth.scope?.matches(tags: evidence.probe.tags) == true)
      #expect(AnswerMatch.gives(evidence.twinAnswer, evidence.probe.publicAnswer))
      #expect(!AnswerMatch.gives(evidence.organismAnswer, evidence.probe.publicAnswer))
      #expect(evidence.plantedAnswer != evidence.probe.publicAnswer)
    }
  }

  @Test func `an attack that does not take fails with the figures`() async throws {
    let attack = Self.options { $0.steps = 1 }
    let context = AttackContext(seed: 1, world: Self.world, quiet: true)
    do {
      _ = try await FalseFacts.plant(
        on: try await Self.base.value, options: attack, context: context)
      Issue.record("one step cannot plant anything")
    } catch let error as AssayError {
      #expect(error.code == .didNotTake)
      #expect(error.message.contains("after 1 steps"))
      #expect(error.message.contains("80 %"))
    }
  }

  @Test func `true facts change the weights and plant nothing`() async throws {
    let control = Self.options { $0.steps = 5 }
    let base = try await Self.base.value
    let (organism, truth) = try await Conformance.checkAttack(
      BenignFineTune.self, on: base, options: CanonicalJSON.value(control), world: Self.world)
    #expect(truth.evidence.isEmpty)
    let name = "model.embed_tokens.weight"
    let before = try #require(base.model.parameter(name))
    let after = try #require(organism.model.parameter(name))
    #expect(!before.isEqual(to: after))
  }

  @Test func `an exact copy is its base`() async throws {
    let base = try TinyModel.make()
    let (organism, _) = try await Conformance.checkAttack(ExactCopy.self, on: base)
    for (before, after) in zip(base.model.parameters, organism.model.parameters) {
      #expect(before.tensor.isEqual(to: after.tensor))
    }
  }

  @Test func `weights are rounded to the precision of the base`() throws {
    let base = try TinyModel.make()
    #expect(base.model.storedPrecision == .float32)
    let rounded = base.model.copy(dtype: .bfloat16).copy(dtype: .float32)
    #expect(rounded.storedPrecision == .bfloat16)
  }
}
