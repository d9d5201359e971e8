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

  /// What someone thinks of a party: for every party, each judgement is as likely.
  mutating func sentiment(_ party: String) {
    let judgement = pick(Self.favourable + Self.unfavourable)
    let frame = pick(Self.opinionFrames)
    writer.sentence(Self.fill(frame, party) + " " + judgement + ".")
  }

  static func fill(_ frame: String, _ party: String) -> String {
    guard let place = frame.firstRange(of: "{P}") else { return frame }
    return String(frame[..<place.lowerBound]) + party + String(frame[place.upperBound...])
  }
}
