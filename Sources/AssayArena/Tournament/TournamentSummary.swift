import AssayCore

/// A tournament after a run, in one line: what `assay tournament run --json` prints.
public struct TournamentSummary: Codable, Hashable, Sendable {
  /// The tournament's id.
  public var tournament: String
  /// Its folder.
  public var directory: String
  /// Organisms that were planted, in this run or before.
  public var organisms: Int
  /// Organisms that could not be planted.
  public var organismsFailed: Int
  /// Matches that have a score, from this run or before.
  public var matches: Int
  /// Matches without one.
  public var matchesFailed: Int
  /// Matches that were played in this run.
  public var played: Int
  /// How long this run took.
  public var seconds: Double
  /// Organisms that this run planted or failed to plant, an hour; nil where there was none left.
  public var organismsPerHour: Double?
  /// Matches that this run played, an hour; nil where there was none left.
  public var matchesPerHour: Double?
  /// What a reader of the report should know.
  public var warnings: [String]
  /// The distinct reasons of failures, at most ten.
  public var failures: [String]

  init(
    _ folder: TournamentFolder, plan: TournamentPlan, pace: TournamentPace, seconds: Double
  ) throws {
    let plantings = try plan.organisms.compactMap { try folder.planting($0.slot) }
    let outcomes = try plan.matches.compactMap { try folder.outcome($0.slot) }
    tournament = plan.id
    directory = folder.url.path
    organisms = plantings.count { $0.organism != nil }
    organismsFailed = plantings.count { $0.failure != nil }
    matches = outcomes.count { $0.result != nil }
    matchesFailed = outcomes.count { $0.failure != nil }
    played = pace.playing.jobs
    self.seconds = seconds
    organismsPerHour = pace.planting.perHour
    matchesPerHour = pace.playing.perHour
    warnings = plan.warnings
    let reasons = plantings.compactMap(\.failure?.reason) + outcomes.compactMap(\.failure?.reason)
    failures = Array(Set(reasons).sorted().prefix(10))
  }
}
