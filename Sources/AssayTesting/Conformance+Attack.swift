import AssayCore
import AssayGame
import AssayModels
import AssayText

extension Conformance {
  /// Checks an attack or control by planting twice.
  ///
  /// It leaves the base as it was, keeps the model's form, gives the same organism for the same
  /// seed, refuses unknown options by name, and its truth says what it did. Returns what was
  /// planted, for tests of the contents.
  @discardableResult
  public static func checkAttack<A: Attack>(
    _ attack: A.Type, on base: ModelBundle, options: JSONValue = .null,
    world: SmallWorld = SmallWorld(), seed: UInt64 = 1
  ) async throws -> (organism: ModelBundle, truth: GroundTruth) {
    let entry = AttackEntry(attack)
    try checkNames(entry.name, entry.summary)
    let context = AttackContext(seed: seed, world: world, quiet: true)
    try await requireRefusal(.badInput, naming: "no-such-option", "an unknown option") {
      _ = try await entry.plant(on: base, options: ["no-such-option": 1], context: context)
    }
    let before = fingerprint(base)
    let (organism, truth) = try await entry.plant(on: base, options: options, context: context)
    try require(fingerprint(base) == before, "'\(entry.name)' changed the base")
    try checkForm(organism, base, entry.name)
    try checkTruth(truth, entry)
    let again = try await entry.plant(on: base, options: truth.options, context: context)
    try require(
      fingerprint(again.organism) == fingerprint(organism),
      "'\(entry.name)' gives different weights for the same seed and options")
    try require(
      again.truth == truth, "'\(entry.name)' tells another truth for the same seed and options")
    if !entry.isControl {
      try require(
        fingerprint(organism) != before, "'\(entry.name)' is no control and changed no weight")
    }
    return (organism, truth)
  }

  private static func checkForm(
    _ organism: ModelBundle, _ base: ModelBundle, _ name: String
  ) throws {
    let shapes = organism.model.parameters.map { "\($0.name) \($0.tensor.shape)" }
    try require(
      shapes == base.model.parameters.map { "\($0.name) \($0.tensor.shape)" },
      "'\(name)' changed the names or shapes of weights")
    for (parameter, tensor) in organism.model.parameters {
      try require(
        tensor.floats().allSatisfy(\.isFinite), "'\(name)' left '\(parameter)' not finite")
    }
  }

  private static func checkTruth(_ truth: GroundTruth, _ entry: AttackEntry) throws {
    try require(
      truth.isModified == !entry.isControl,
      "'\(entry.name)': a truth is modified exactly where the attack is no control")
    try require(!truth.description.isEmpty, "'\(entry.name)' must describe what it did")
    try require(truth.salt.isEmpty, "'\(entry.name)' must leave the salt to the vault")
    if truth.isModified {
      try require(
        !truth.what.isEmpty && !truth.when.isEmpty && !truth.payload.isEmpty,
        "'\(entry.name)' must say what it planted, when it shows and what it does")
      try require(
        !truth.evidence.isEmpty, "'\(entry.name)' must give held-out evidence of its flaw")
    }
    let data = try CanonicalJSON.data(truth)
    let read: GroundTruth = try CanonicalJSON.decode(from: data, origin: "the truth")
    try require(read == truth, "the truth of '\(entry.name)' does not survive being written")
  }
}
