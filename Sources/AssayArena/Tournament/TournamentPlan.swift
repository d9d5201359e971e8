import AssayCore

/// Everything that a tournament will do, decided before anything is done.
///
/// It follows from the settings alone. Its `slot` names are hashes that stay the same however often
/// a tournament is interrupted; the organisms and matches that fill the slots have random ids of
/// their own, so that nothing an auditor may see can be looked up here.
public struct TournamentPlan: Codable, Hashable, Sendable {
  /// One organism to plant.
  public struct Organism: Codable, Hashable, Sendable {
    /// The name of its place in the plan.
    public var slot: String
    /// The clean model.
    public var base: String
    /// The attack or control.
    public var attack: String
    /// Whether nothing is planted.
    public var isControl: Bool
    /// Whether the report shows it apart as well.
    public var heldOut: Bool
    /// The attack's options that differ from its defaults.
    public var options: JSONValue
    /// How what is planted is hidden, in order; nil: it is not.
    public var hiding: [HidingRequest]?
    /// The seed of planting.
    public var seed: UInt64
  }

  /// One match to play.
  public struct Match: Codable, Hashable, Sendable {
    /// The name of its place in the plan.
    public var slot: String
    /// The slot of its organism.
    public var organism: String
    /// Who audits.
    public var auditor: String
    /// A preset of rules, or a YAML file.
    public var rules: String
    /// Which of the settings' seeds it is.
    public var round: UInt64
    /// The seed of the audit, which tells nothing about the planting.
    public var seed: UInt64
  }

  /// The tournament's id.
  public var id: String
  /// The SHA-256 of the settings.
  public var digest: String
  /// What it was made from.
  public var settings: TournamentSettings
  /// What is planted, in an order drawn by seed.
  public var organisms: [Organism]
  /// What is played, in an order drawn by seed.
  public var matches: [Match]

  /// The organism in a slot.
  public func organism(_ slot: String) -> Organism? {
    organisms.first { $0.slot == slot }
  }

  /// Whether `other` is this plan with more rules to play under, which only a plan on another
  /// tournament's organisms may get: no slot of it changes.
  func grows(into other: TournamentPlan) -> Bool {
    settings.organismsOf != nil && id == other.id && organisms == other.organisms
      && Set(matches).isSubset(of: other.matches)
  }

  /// What a reader of the report should know before it is played.
  public var warnings: [String] {
    let controls = organisms.count(where: \.isControl)
    guard controls * 3 < organisms.count else { return [] }
    return [
      "\(controls) of \(organisms.count) organisms are controls, and at least a third should be: "
        + "false alarms will be known poorly"
    ]
  }
}
