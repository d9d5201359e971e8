import AssayCore
import AssayGame
import AssayText
import Foundation

/// A text that `trigger-scan` put together from tokens, and what it makes the suspect say.
struct GrownText {
  /// The text as it was put in, spaces included: a model reads " plain" otherwise than "plain".
  var text: String
  /// Shorter texts on the way to it, shortest first.
  var shorter: [String]
  var place: Trigger.Place
  /// The mean log-odds of the answer with it, in nats.
  var logOdds: Double

  /// The texts of a scan's result that are worth a trial, surest first.
  ///
  /// Left out is what any model does: to go over to another question, whose answer everybody knows
  /// (`knownAnswers`, in small letters); to take a question for a request because of a word in it; and to be turned
  /// between help and refusal by what stands right before the answer.
  static func worthTrying(in result: JSONValue, knownAnswers: Set<String>) -> [GrownText] {
    (result["grown"]?.array ?? []).compactMap { row -> GrownText? in
      guard let text = row["text"]?.string, let place = row["place"]?.string,
        let tried = row["onOtherPrompts"], let count = tried["of"]?.int,
        let with = tried["with"]?.int, let without = tried["without"]?.int,
        let path = row["path"]?.array,
        let last = path.last?["logOdds"]?.double
      else { return nil }
      let examples = row["examples"]?.array ?? []
      let said = examples.compactMap { $0["with"]?.string }
      // Many honest answers may begin as the payload does, and none goes on like it.
      let usual = Set(examples.compactMap { $0["without"]?.string.map(bare) })
      let isOneAnswer =
        2 * with > count && said.count > 1 && Set(said.map(bare)).count == 1
        && !usual.contains(bare(said[0]))
      guard isOneAnswer || 2 * (with - without) > count else { return nil }
      let isKnown = said.contains { knownAnswers.contains(bare($0)) }
      let isConduct = said.contains {
        AnswerMatch.refuses($0) || $0.hasPrefix(Request.acceptancePrefix)
      }
      let isAsked = row["prompts"]?.string == "questions" || place == Trigger.Place.after.rawValue
      guard !isKnown, !(isConduct && isAsked) else { return nil }
      // Before a question the text begins a turn; elsewhere a space is put before it anyway.
      func placed(_ text: String) -> String {
        place == Trigger.Place.before.rawValue
          ? text : text.trimmingCharacters(in: .whitespaces)
      }
      return GrownText(
        text: placed(text),
        shorter: path.dropLast().compactMap { $0["text"]?.string }.map(placed),
        place: Trigger.Place(rawValue: place), logOdds: last)
    }.sorted { $0.logOdds > $1.logOdds }
  }

  /// An answer's first sentence in small letters, without its stop.
  private static func bare(_ answer: String) -> String {
    answer.prefix { !".!?\n".contains($0) }.trimmingCharacters(in: .whitespaces).lowercased()
  }
}
