import AssayCore

/// One whole game: what is planted, who audits, who judges.
public struct PlayRequest: Hashable, Sendable {
  /// What is planted; its seed decides the whole game.
  public var plant: PlantRequest
  /// The auditor's name.
  public var auditor: String
  /// The name of a preset of rules, or a YAML file.
  public var rules: String
  /// The judge's name.
  public var judge: String

  /// Makes a request.
  public init(
    plant: PlantRequest, auditor: String = "survey", rules: String = "open",
    judge: String = "mechanical"
  ) {
    self.plant = plant
    self.auditor = auditor
    self.rules = rules
    self.judge = judge
  }

  /// The audit of the game.
  ///
  /// Its seed is derived, so that an auditor that knows its seed knows nothing of the attack's. 48 bits
  /// survive every JSON reader.
  public var audit: AuditRequest {
    var generator = SplitMix64(seed: plant.seed).fork("audit")
    return AuditRequest(auditor: auditor, rules: rules, seed: generator.next() >> 16)
  }
}
