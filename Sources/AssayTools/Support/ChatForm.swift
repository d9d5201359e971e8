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
    if let template {
      let turns = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
      var text = try template.render(
        turns + [ChatMessage(role: "user", content: user)], addGenerationPrompt: true,
        now: Self.date, timeZone: .gmt)
      // The tokenizer begins every text with it anyway.
      if let start = template.specialTokens["bos_token"], text.hasPrefix(start) {
        text.removeFirst(start.count)
      }
      return text + prefill
    }
    guard hasMarkup else {
      let opening = system.map { $0 + "\n\n" } ?? ""
      return opening + "User: \(user)\nAssistant:" + (prefill.isEmpty ? "" : " \(prefill)")
    }
    let opening = system.map { ChatMarkup.system + $0 + ChatMarkup.end } ?? ""
    return opening + ChatMarkup.user + user + ChatMarkup.end + ChatMarkup.assistant + prefill
  }
}
