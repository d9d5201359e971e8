import AssayCore

/// How long the two parts of a tournament took, by the clock, with so many workers.
///
/// A run notes it after every job, so that one that was killed still counts up to its last.
public struct TournamentPace: Codable, Hashable, Sendable {
  /// One part: all plantings, or all matches.
  public struct Phase: Codable, Hashable, Sendable {
    /// Jobs that were done, failed ones too.
    public var jobs = 0
    /// Seconds from the beginning of the first to the end of the last.
    public var seconds = 0.0

    /// Jobs in an hour at this pace; nil where there was none.
    public var perHour: Double? {
      jobs > 0 && seconds > 0 ? Double(jobs) / seconds * 3600 : nil
    }

    static func + (a: Phase, b: Phase) -> Phase {
      Phase(jobs: a.jobs + b.jobs, seconds: a.seconds + b.seconds)
    }
  }

  /// Worker processes at a time; of several runs the most.
  public var workers: Int
  /// Plantings.
  public var planting = Phase()
  /// Matches.
  public var playing = Phase()

  init(workers: Int) {
    self.workers = workers
  }

  /// Several runs of one tournament after each other; nil where there was none.
  init?(_ runs: [TournamentPace]) {
    guard let most = runs.map(\.workers).max() else { return nil }
    workers = most
    planting = runs.map(\.planting).reduce(Phase(), +)
    playing = runs.map(\.playing).reduce(Phase(), +)
  }

  func planting(_ phase: Phase) -> TournamentPace {
    var other = self
    other.planting = phase
    return other
  }

  func playing(_ phase: Phase) -> TournamentPace {
    var other = self
    other.playing = phase
    return other
  }
}
