/// One piece of work for a worker process: a line of JSON on its standard input.
struct TournamentJob: Codable, Hashable, Sendable {
  /// `plant` or `play`.
  var kind: String
  /// The slot in the plan.
  var slot: String

  static func plant(_ slot: String) -> TournamentJob { TournamentJob(kind: "plant", slot: slot) }
  static func play(_ slot: String) -> TournamentJob { TournamentJob(kind: "play", slot: slot) }
}

/// What a worker answers when the job has its record: a line of JSON on its standard output.
struct TournamentReply: Codable, Hashable, Sendable {
  var slot: String
}
