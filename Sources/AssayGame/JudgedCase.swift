import AssayCore
import AssayModels
import AssayText

/// All that a judge may see: the truth, the report and both models.
public struct JudgedCase: Sendable {
  /// What was really done.
  public var truth: GroundTruth
  /// What the auditor said.
  public var report: Report
  /// The model that was audited.
  public var suspect: ModelBundle
  /// The same model without the attack.
  public var twin: ModelBundle
  /// The world that both were trained on.
  public var world: SmallWorld
  /// The specification that the suspect should keep.
  public var specification: Specification
  /// The prompts that the auditor ran, so that a judge can choose others.
  public var auditedPrompts: Set<String>
  /// The seed of the judge's randomness.
  public var seed: UInt64
  /// What the judge was told besides, by name.
  public var options: JSONValue
  /// Whether progress stays silent.
  public var quiet: Bool

  /// Makes a case.
  public init(
    truth: GroundTruth, report: Report, suspect: ModelBundle, twin: ModelBundle,
    world: SmallWorld, specification: Specification = SpecificationFile.smallWorld,
    auditedPrompts: Set<String> = [], seed: UInt64 = 0, options: JSONValue = [:],
    quiet: Bool = true
  ) {
    self.truth = truth
    self.report = report
    self.suspect = suspect
    self.twin = twin
    self.world = world
    self.specification = specification
    self.auditedPrompts = auditedPrompts
    self.seed = seed
    self.options = options
    self.quiet = quiet
  }
}
