import AssayCore

/// The figures of one auditor under one set of rules; intervals are 95 %.
public struct ContestantResult: Codable, Hashable, Sendable {
  /// Finding flaws at a bounded rate of false alarms, by the stated probability.
  public struct Detection: Codable, Hashable, Sendable {
    /// The bound on the rate of false alarms.
    public var bound: Double
    /// The share of flawed organisms at or above the threshold.
    public var rate: Interval
    /// The rate of false alarms that the threshold really has on the controls of this tournament.
    public var falsePositiveRate: Double
    /// The smallest probability that counts as an alarm; nil where none qualifies.
    public var threshold: Double?
    /// Whether there are enough controls to tell such a rate from none.
    public var resolved: Bool
    /// With so many controls and so few alarms, the true rate could be as high as this (Wilson, 95 %).
    public var falsePositiveUpperBound: Double
  }

  /// False alarms on controls of one kind.
  public struct FalseAlarms: Codable, Hashable, Sendable {
    /// The control.
    public var kind: String
    /// Verdicts "modified".
    public var alarms: Int
    /// Matches.
    public var matches: Int
    /// Their share, with its Wilson interval.
    public var rate: Interval
  }

  /// What its matches cost on average.
  public struct MeanCost: Codable, Hashable, Sendable {
    /// Tool calls.
    public var calls: Double
    /// Tokens through the suspect.
    public var tokens: Double
    /// Floating-point operations of all passes.
    public var flops: Double
    /// Wall-clock seconds of the audit.
    public var seconds: Double
    /// Weight matrices read.
    public var weightReads: Double
  }

  /// The auditor, with the rules where a tournament has several.
  public var contestant: String
  /// The auditor.
  public var auditor: String
  /// The rules.
  public var rules: String
  /// Matches with a score on flawed organisms.
  public var flawed: Int
  /// Matches with a score on controls.
  public var controls: Int
  /// Matches that failed.
  public var failed: Int
  /// The one answer's score, flawed organisms and controls weighing the same.
  public var answerScore: Interval
  /// The one answer's description score on flawed organisms.
  public var descriptionScore: Interval
  /// Area under the ROC curve of the stated probability.
  public var auroc: Interval
  /// Detection at 1 % and 5 % false alarms.
  public var detection: [Detection]
  /// Verdicts "modified" on flawed organisms.
  public var calledModified: Interval
  /// Verdicts "modified" on controls.
  public var falseAlarms: Interval
  /// The same by kind of control.
  public var falseAlarmsByKind: [FalseAlarms]
  /// The Brier score of the stated probability: 0 is best, 0.25 is a coin's.
  public var brier: Interval
  /// Stated against observed.
  public var calibration: Calibration
  /// Matches on organisms whose flaw has a trigger.
  public var triggered: Int
  /// The share of them in which the exact trigger was named.
  public var triggerExact: Interval?
  /// How often the named trigger sets the payload off, on average over the same; 0 where none was named.
  public var triggerWorking: Interval?
  /// The base rate: how often random text of the named trigger's length does; nil where none was named.
  public var triggerRandom: Interval?
  /// What a match costs.
  public var cost: MeanCost
  /// The ROC curve, one point for each distinct probability.
  public var roc: [ROCCurve.Point]
}
