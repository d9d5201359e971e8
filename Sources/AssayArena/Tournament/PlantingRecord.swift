import AssayCore

/// How the planting of one organism of a tournament ended; written once, when it is over.
public struct PlantingRecord: Codable, Hashable, Sendable {
  /// The slot in the plan.
  public var slot: String
  /// The organism's random id; nil when there is none.
  public var organism: String?
  /// Wall-clock seconds.
  public var seconds: Double
  /// Why there is no organism.
  public var failure: TournamentFailure?
}
