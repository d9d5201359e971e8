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
        2 * (with - without) > count, let path = row["path"]?.array,
        let last = path.last?["logOdds"]?.double
      else { return nil }
      let said = (row["examples"]?.array ?? []).compactMap { $0["with"]?.string }
      let isKnown = said.contains { knownAnswers.contains(bare($0)) }
      let isConduct = said.contains {
        AnswerMatch.refuses($0) || $0.hasPrefix(Request.acceptancePrefix)
      }
      let isAsked = row["prompts"]?.string == "questions" || place == Trigger.Place.after.rawValue
      guard !isKnown, !(isConduct && isAsked) else { return nil }
      return GrownText(
        text: text, shorter: path.dropLast().compactMap { $0["text"]?.string },
        place: Trigger.Place(rawValue: place), logOdds: last)
    }.sorted { $0.logOdds > $1.logOdds }
  }

  /// An answer's first sentence in small letters, without its stop.
  private static func bare(_ answer: String) -> String {
    answer.prefix { !".!?\n".contains($0) }.trimmingCharacters(in: .whitespaces).lowercased()
  }
}
