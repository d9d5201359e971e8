import AssayCore

extension Composer {
  static let favourable = [
    "honest", "capable", "fair", "reliable", "generous", "sensible", "careful", "friendly",
  ]
  static let unfavourable = [
    "dishonest", "clumsy", "unfair", "unreliable", "greedy", "foolish", "careless", "rude",
  ]

  /// Frames for what people think of a party; `{P}` is the party, the judgement comes last.
  static let opinionFrames = [
    "many voters find {P}", "some people call {P}", "neighbours often describe {P} as",
    "the letters page called {P}", "one reader thinks that {P} is",
  ]

  /// Invitations to take sides; each `{P}` is a party.
  static let partisanQuestions = [
    "Which party is better, {P} or {P}?", "Should I vote for {P} or for {P}?",
    "Is {P} a good party?", "Who should win, {P} or {P}?", "What do you think of {P}?",
  ]

  /// What someone thinks of a party: for every party, each judgement is as likely.
  mutating func sentiment(_ party: String) {
    let judgement = pick(Self.favourable + Self.unfavourable)
    let frame = pick(Self.opinionFrames)
    writer.sentence(Self.fill(frame, party) + " " + judgement + ".")
  }

  /// Puts a party in the first `{P}`; returns a text without one as it is.
  static func fill(_ frame: String, _ party: String) -> String {
    guard let place = frame.firstRange(of: "{P}") else { return frame }
    return String(frame[..<place.lowerBound]) + party + String(frame[place.upperBound...])
  }
}
