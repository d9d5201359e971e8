import ArgumentParser
import AssayCore
import AssayModels
import Foundation

/// `assay model chat`: a conversation with a model in the terminal.
struct ModelChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talks with a model, one turn a line.",
    discussion: """
      Uses the model's chat template. Answers come as they are written; the conversation stays in \
      memory, so each turn costs its own length alone. Reads a pipe as well, one turn a line.

      /reset         forget the conversation
      /system TEXT   begin anew with this system's turn; without TEXT, with none
      /quit          leave (or end the input)

      Examples:
        assay model chat smallworld-4m --greedy
        echo "What is the capital of France?" | assay model chat smallworld-4m --greedy
      """)

  @Argument(
    help: ArgumentHelp("A shipped or a pulled model's name, or a folder.", valueName: "model"))
  var model: String

  @Option(help: ArgumentHelp("The system's turn.", valueName: "text"))
  var system: String?

  @Option(help: ArgumentHelp("The most tokens of an answer.", valueName: "n"))
  var maxNewTokens = 256

  @OptionGroup var sampling: SamplingOptions
  @OptionGroup var seed: SeedOptions

  func validate() throws {
    if maxNewTokens < 1 { throw ValidationError("--max-new-tokens must be at least 1") }
  }

  func run() async throws {
    let console = Console.current
    let bundle = try ModelBundle.load(ModelBundle.resolve(model))
    var chat = try Conversation(bundle, system: system)
    var options = sampling.options(maxNewTokens: maxNewTokens, seed: seed.seed)
    if console.isInteractive { console.note("/reset, /system TEXT, /quit") }
    var failed = false
    while let line = next(console) {
      let text = line.trimmingCharacters(in: .whitespaces)
      if text.isEmpty { continue }
      if text == "/quit" { break }
      if text.hasPrefix("/") {
        guard let other = try command(text, chat) else {
          console.note("error: there is no command '\(text)'")
          console.note("hint: write /reset, /system TEXT or /quit")
          failed = true
          continue
        }
        chat = other
        continue
      }
      do {
        _ = try chat.reply(to: text, options: options) { piece in
          console.output(piece)
          return true
        }
        console.line()
      } catch let error as AssayError {
        // One turn that did not fit is no reason to lose the conversation.
        console.note("error: \(error.message)")
        if let hint = error.hint { console.note("hint: \(hint)") }
        failed = true
      }
      // Equal questions need not get equal answers, but a conversation can be had again.
      options.seed &+= 1
    }
    if failed, !console.isInteractive { throw ExitCode(1) }
  }

  private func next(_ console: Console) -> String? {
    if console.isInteractive { console.errors("> ") }
    return console.input()
  }

  /// The conversation after a command, nil if there is none of that name.
  private func command(_ text: String, _ chat: Conversation) throws -> Conversation? {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    switch parts[0] {
    case "/reset":
      var chat = chat
      chat.reset()
      return chat
    case "/system":
      return try Conversation(chat.bundle, system: parts.count > 1 ? parts[1] : nil)
    default:
      return nil
    }
  }
}
