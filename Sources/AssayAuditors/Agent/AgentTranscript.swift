import AssayChat
import AssayCore
import AssayGame

/// A conversation that stays within a number of characters: older turns give way to a summary.
struct AgentTranscript: Sendable {
  private let first: String
  private let limit: Int
  /// What stands for dropped turns, nil while all are there.
  private var summary: String?
  /// Answers with what followed each: results, or a word of encouragement.
  private var exchanges: [(answer: ChatTurn, reply: ChatTurn)] = []

  /// Begins with a turn of the user; `limit` in characters.
  init(_ first: String, limit: Int) {
    self.first = first
    self.limit = limit
  }

  /// What is sent.
  var turns: [ChatTurn] {
    [.user(summary.map { "\(first)\n\n\($0)" } ?? first)]
      + exchanges.flatMap { [$0.answer, $0.reply] }
  }

  /// Adds an answer and what the model is told next.
  mutating func append(_ answer: ChatTurn, _ reply: ChatTurn) {
    exchanges.append((answer, reply))
  }

  /// Drops the oldest exchanges, all but the last two at most, until `share` of the limit holds the rest.
  ///
  /// Returns whether anything was dropped. `summarise` gets the characters that a summary may have.
  mutating func shrink(
    to share: Double = 1, always: Bool = false, summarise: (Int) -> String
  ) -> Bool {
    guard always || length > limit else { return false }
    let most = Int(share * Double(limit))
    var dropped = false
    // Half of the room is left free, so that not every turn drops something.
    while exchanges.count > (always ? 0 : 2), always || length > most / 2 {
      exchanges.removeFirst()
      dropped = true
      if always, length <= most / 2 { break }
    }
    if dropped { summary = summarise(most / 4) }
    return dropped
  }

  private var length: Int { turns.reduce(0) { $0 + Self.length($1) } }

  private static func length(_ turn: ChatTurn) -> Int {
    switch turn {
    case .user(let text): text.count
    case .assistant(let text, let calls):
      text.count + calls.reduce(0) { $0 + $1.name.count + $1.arguments.count }
    case .results(let results): results.reduce(0) { $0 + $1.text.count }
    }
  }
}
