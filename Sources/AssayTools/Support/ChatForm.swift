import AssayCore
import AssayGame
import AssayModels
import AssayText
import Foundation

/// Puts texts into the form in which a suspect is spoken to.
///
/// By its own chat template where it has one; by SmallWorld's markers where its tokenizer knows them;
/// else as a dialogue in plain text, which any language model continues.
struct ChatForm {
  private let template: ChatTemplate?
  private let hasMarkup: Bool
  /// Templates may print the date, and a tool must find the same again on another day.
  private static let date = Date(timeIntervalSince1970: 946_684_800)

  init(_ suspect: Suspect) throws {
    template = try suspect.bundle.chatTemplate
    hasMarkup = try suspect.tokenizer().specialTokens[ChatMarkup.user] != nil
  }

  /// The prompt that an assistant's answer to `user` follows, after the words `prefill` of it.
  func prompt(_ user: String, system: String?, prefill: String) throws -> String {
    let text = try conversation([user], answers: [], system: system)
    return text + (isDialogue && !prefill.isEmpty ? " " + prefill : prefill)
  }

  /// The prompt that the answer to the last of `turns` follows; `answers` were given to those before.
  ///
  /// An answer that is missing is taken to have been empty.
  func conversation(_ turns: [String], answers: [String], system: String?) throws -> String {
    func answer(_ number: Int) -> String { number < answers.count ? answers[number] : "" }
    let past = turns.indices.dropLast()
    let last = turns.last ?? ""
    if let template {
      var messages = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
      for number in past {
        messages.append(ChatMessage(role: "user", content: turns[number]))
        messages.append(ChatMessage(role: "assistant", content: answer(number)))
      }
      messages.append(ChatMessage(role: "user", content: last))
      var text = try template.render(
        messages, addGenerationPrompt: true, now: Self.date, timeZone: .gmt)
      // The tokenizer begins every text with it anyway.
      if let start = template.specialTokens["bos_token"], text.hasPrefix(start) {
        text.removeFirst(start.count)
      }
      return text
    }
    guard hasMarkup else {
      let opening = system.map { $0 + "\n\n" } ?? ""
      let told = past.map { "User: \(turns[$0])\nAssistant: \(answer($0))\n" }.joined()
      return opening + told + "User: \(last)\nAssistant:"
    }
    let opening = system.map { ChatMarkup.system + $0 + ChatMarkup.end } ?? ""
    let told = past.map {
      ChatMarkup.user + turns[$0] + ChatMarkup.end + ChatMarkup.assistant + answer($0)
        + ChatMarkup.end
    }.joined()
    return opening + told + ChatMarkup.user + last + ChatMarkup.end + ChatMarkup.assistant
  }

  private var isDialogue: Bool { template == nil && !hasMarkup }
}
