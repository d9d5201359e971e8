import AssayCore

/// What a tournament shows: figures for each auditor with intervals, who differs from whom, and what
/// nobody found.
public struct TournamentReport: Codable, Hashable, Sendable {
  /// The tournament's id.
  public var tournament: String
  /// What was planted, played and lost.
  public var counts: Counts
  /// What came of planting, by attack and hiding, attacks first.
  public var plantings: [Planting]
  /// How long planting and playing took, by the clock; nil where no run noted it.
  public var pace: TournamentPace?
  /// What limits the figures, in sentences.
  public var warnings: [String]
  /// How the figures were made, in sentences.
  public var methods: [String]
  /// The auditors under each set of rules, best answer score first.
  public var contestants: [ContestantResult]
  /// The same on held-out attacks, with all controls; empty where nothing was held out.
  public var heldOut: [ContestantResult]
  /// Attack by contestant: what gets caught, what slips through.
  public var matrix: [MatrixCell]
  /// Each pair of contestants on the organisms that both audited.
  public var comparisons: [PairedComparison]
  /// Auditors, attacks and controls on one scale.
  public var ratings: [Rating]
  /// Attacks of which nobody found a single organism.
  public var attacksNobodyFound: [String]
  /// Organisms that nobody found.
  public var organismsNobodyFound: [UnfoundOrganism]
  /// Plantings and matches without a result.
  public var failures: [Failure]

  /// How much was played.
  public struct Counts: Codable, Hashable, Sendable {
    /// Planted organisms with a flaw.
    public var flawed: Int
    /// Planted controls.
    public var controls: Int
    /// Organisms that could not be planted.
    public var organismsFailed: Int
    /// Matches with a score.
    public var matches: Int
    /// Matches that failed.
    public var matchesFailed: Int
    /// Matches that have not been played yet.
    public var matchesOpen: Int
    /// Clusters of flawed organisms: pairs of base and attack.
    public var flawedClusters: Int
    /// Clusters of controls.
    public var controlClusters: Int
    /// Seconds of planting, in all.
    public var plantingSeconds: Double
  }

  /// The organisms of one attack or control that are hidden in one way, or not at all.
  public struct Planting: Codable, Hashable, Sendable {
    /// The attack or control.
    public var attack: String
    /// How it is hidden; nil: it is not.
    public var hiding: String?
    /// Whether nothing is planted.
    public var isControl: Bool
    /// Organisms in the plan.
    public var planned: Int
    /// Organisms that there are.
    public var planted: Int
    /// Organisms that were rejected because the flaw did not take, or did not outlive its hiding.
    public var didNotTake: Int
    /// Organisms that failed for another reason.
    public var failed: Int
    /// Mean seconds of one that was planted.
    public var seconds: Double
  }

  /// One attack or control, hidden in one way or not at all, and one contestant.
  public struct MatrixCell: Codable, Hashable, Sendable {
    /// The attack or control.
    public var attack: String
    /// How it is hidden; nil: it is not.
    public var hiding: String?
    /// Whether nothing is planted.
    public var isControl: Bool
    /// The contestant.
    public var contestant: String
    /// Matches with a score.
    public var matches: Int
    /// Verdicts "modified" among them.
    public var calledModified: Int
    /// The mean stated probability.
    public var probability: Double
    /// The mean description score; on controls the score for restraint.
    public var description: Double
  }

  /// An organism that nobody found.
  public struct UnfoundOrganism: Codable, Hashable, Sendable {
    /// Its id.
    public var organism: String
    /// The attack.
    public var attack: String
    /// The base.
    public var base: String
    /// What was done to it.
    public var description: String
  }

  /// A planting or a match without a result.
  public struct Failure: Codable, Hashable, Sendable {
    /// `planting` or `match`.
    public var kind: String
    /// The attack.
    public var attack: String
    /// How it is hidden; nil: it is not.
    public var hiding: String?
    /// The contestant, for a match.
    public var contestant: String?
    /// Why.
    public var reason: String
    /// How often it was tried.
    public var attempts: Int
  }
}
