import ArgumentParser
import AssayCore
import AssayModels
import AssayText
import Foundation

/// `assay tokenizer chat`: the text of chats.
struct TokenizerChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Reads one chat a line and writes the text that a model's chat template makes of it.",
    discussion: """
      A chat is a JSON list of messages, or an object with `messages`, and if wanted `tools`, \
      `documents`, `add_generation_prompt` and any further variables of the template. Each answer is a \
      line {"text": …} or, where the template refuses the chat, {"error": …}.

      Example:
        echo '[{"role": "user", "content": "Hello"}]' | assay tokenizer chat --model DIR
      """)

  @Option(help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "dir"))
  var model: String

  @OptionGroup var lines: LineInput

  func run() async throws {
    let summary = try ModelSummary(ModelBundle.resolve(model))
    guard let template = summary.chatTemplate else {
      throw AssayError(
        .notFound, "'\(summary.directory.path)' has no chat template",
        hint: "chat models have chat_template.jinja, or one in tokenizer_config.json")
    }
    try lines.forEach { line, number in
      let chat = try Chat(line, number)
      do {
        return try Self.line(Answer(text: chat.render(template)))
      } catch let error as AssayError {
        return try Self.line(Answer(error: error.message))
      }
    }
  }

  private static func line(_ answer: Answer) throws -> String {
    String(decoding: try CanonicalJSON.data(answer), as: UTF8.self)
  }

  private struct Answer: Encodable {
    var text: String?
    var error: String?
  }

  /// A line of the input.
  private struct Chat {
    var messages: [OrderedJSON]
    var members: [String: OrderedJSON]

    init(_ data: Data, _ number: Int) throws {
      switch try? OrderedJSON(parsing: data) {
      case .array(let list)?: (messages, members) = (list, [:])
      case .object(let list)?:
        members = Dictionary(list.map { ($0.key, $0.value) }) { $1 }
        guard let list = Self.list(members["messages"]) else { throw Self.refusal(number) }
        messages = list
      default: throw Self.refusal(number)
      }
    }

    func render(_ template: ChatTemplate) throws -> String {
      let known = ["messages", "tools", "documents", "add_generation_prompt"]
      var wantsAnswer = false
      if case .bool(let wanted)? = members["add_generation_prompt"] { wantsAnswer = wanted }
      return try template.render(
        messages.map { ChatMessage($0) }, tools: Self.list(members["tools"]),
        documents: Self.list(members["documents"]), addGenerationPrompt: wantsAnswer,
        extra: members.filter { !known.contains($0.key) })
    }

    private static func list(_ json: OrderedJSON?) -> [OrderedJSON]? {
      if case .array(let values)? = json { values } else { nil }
    }

    private static func refusal(_ number: Int) -> AssayError {
      AssayError(
        .badInput, "line \(number) of the input is no chat",
        hint: "each line is a JSON list of messages, or an object with messages")
    }
  }
}
