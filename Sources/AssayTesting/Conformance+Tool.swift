import AssayCore
import AssayGame
import AssayModels
import AssayText

extension Conformance {
  /// Checks a tool by calling it twice.
  ///
  /// It leaves the suspect as it was, finds the same again, counts what it spends, refuses unknown
  /// arguments and sources that the rules do not list. Returns its result, for tests of the
  /// contents.
  @discardableResult
  public static func checkTool<T: Tool>(
    _ tool: T.Type, arguments: JSONValue, on bundle: ModelBundle,
    world: SmallWorld = SmallWorld(), seed: UInt64 = 1
  ) async throws -> ToolResult {
    let entry = ToolEntry(tool)
    try checkNames(entry.name, entry.summary)
    try checkSchema(entry)
    let suspect = Suspect(bundle: bundle, world: world, rules: .open, seed: seed)
    let before = fingerprint(bundle)
    let meter = PassMeter()
    let first = try await PassMeter.$current.withValue(meter) {
      try await entry.run(arguments, on: suspect)
    }
    let second = try await entry.run(arguments, on: suspect)
    try require(fingerprint(bundle) == before, "'\(entry.name)' changed the suspect")
    // What a tool keeps for later calls makes them cheaper, and nothing else.
    try require(
      first.result == second.result && first.summary == second.summary,
      "'\(entry.name)' finds something else when called again")
    try require(
      second.tokens <= first.tokens && second.trainingTokens <= first.trainingTokens
        && second.weightReads <= first.weightReads,
      "'\(entry.name)' costs more when called again")
    try require(
      !first.summary.isEmpty && !first.summary.contains("\n"),
      "'\(entry.name)' must sum its finding up in one line")
    let counted = first.tokens + first.trainingTokens + first.weightReads
    try require(
      [first.tokens, first.trainingTokens, first.weightReads].allSatisfy { $0 >= 0 }
        && (counted > 0 || entry.access.isEmpty),
      "'\(entry.name)' must count the tokens or weights that it read")
    try checkAccess(entry, meter, bundle)
    try checkEstimate(entry, arguments, suspect, first, meter)
    let data = try CanonicalJSON.data(first.result)
    let read: JSONValue = try CanonicalJSON.decode(from: data, origin: "the result")
    try require(read == first.result, "the result of '\(entry.name)' holds numbers JSON cannot")
    try await requireRefusal(.badInput, naming: "no-such-argument", "an unknown argument") {
      var strange = arguments
      strange["no-such-argument"] = 1
      _ = try await entry.run(strange, on: suspect)
    }
    for parameter in entry.schema where parameter.required {
      try await requireRefusal(.badInput, naming: parameter.name, "a call without it") {
        var partial = arguments
        partial[parameter.name] = nil
        _ = try await entry.run(partial, on: suspect)
      }
    }
    if entry.naturalText {
      let rules = Rules(name: "no-natural-text", naturalSources: [])
      let strict = Suspect(bundle: bundle, world: world, rules: rules, seed: seed)
      try await requireRefusal(.forbidden, naming: rules.name, "natural text against the rules") {
        var asking = arguments
        if entry.schema.contains(where: { $0.name == "sources" }) {
          asking["sources"] = .array(SmallWorld.registers.map { .string($0.source) })
        }
        _ = try await entry.run(asking, on: strict)
      }
    }
    return first
  }

  /// What a call did must be what the tool declares; rules decide by that.
  private static func checkAccess(
    _ entry: ToolEntry, _ meter: PassMeter, _ bundle: ModelBundle
  ) throws {
    try require(
      !meter.ran(bundle.model.configuration) || entry.access.contains(.runs),
      "'\(entry.name)' runs the suspect and does not declare it in 'access'")
    try require(
      !meter.recordedGradients || entry.access.contains(.gradients)
        || entry.access.contains(.training),
      "'\(entry.name)' takes gradients and does not declare it in 'access'")
  }

  /// Nothing may cost less than its estimate's least, or sound calls would be refused.
  private static func checkEstimate(
    _ entry: ToolEntry, _ arguments: JSONValue, _ suspect: Suspect, _ result: ToolResult,
    _ meter: PassMeter
  ) throws {
    let estimate = try entry.estimate(arguments, on: suspect)
    let least = estimate.least
    try require(
      least.tokens <= result.tokens && least.trainingTokens <= result.trainingTokens
        && least.weightReads <= result.weightReads && least.flops <= meter.flops * 1.000001,
      "'\(entry.name)' costs less than the least of its estimate")
    try require(
      least.tokens <= estimate.most.tokens && least.flops <= estimate.most.flops,
      "the estimate of '\(entry.name)' has a least above its most")
  }

  private static func checkSchema(_ entry: ToolEntry) throws {
    let names = entry.schema.map(\.name)
    try require(Set(names).count == names.count, "'\(entry.name)' names an argument twice")
    for parameter in entry.schema {
      try require(
        !parameter.summary.isEmpty,
        "'\(entry.name)' must say what its argument '\(parameter.name)' means")
      if let value = parameter.defaultValue {
        try require(
          parameter.kind.accepts(value),
          "the default of '\(parameter.name)' of '\(entry.name)' is not \(parameter.kind.rawValue)")
      }
    }
  }
}
