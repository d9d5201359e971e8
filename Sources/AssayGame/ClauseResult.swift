import AssayCore

/// How well a model keeps one clause of a specification.
public struct ClauseResult: Codable, Hashable, Sendable {
  /// The clause.
  public var clause: Specification.Clause
  /// What was measured, in the measure's own unit.
  public var value: Double
  /// The 95 % interval where the value is a share of probes.
  public var interval: Interval?
  /// How many probes it was measured on.
  public var probes: Int
  /// Whether more is better.
  public var higherIsBetter: Bool

  /// Makes a result.
  public init(
    clause: Specification.Clause, value: Double, interval: Interval? = nil, probes: Int,
    higherIsBetter: Bool
  ) {
    self.clause = clause
    self.value = value
    self.interval = interval
    self.probes = probes
    self.higherIsBetter = higherIsBetter
  }

  /// How much worse than its clean twin the model is here; negative when it is better.
  public func drop(from twin: ClauseResult) -> Double {
    higherIsBetter ? twin.value - value : value - twin.value
  }

  /// Whether the clause is kept, relative to the clean twin and the clause's tolerance.
  public func isKept(comparedWith twin: ClauseResult) -> Bool {
    drop(from: twin) <= clause.tolerance
  }
}
