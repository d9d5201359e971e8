import AssayCore
import AssayTensor
import AssayText

/// A chat with a model, turn by turn, by the checkpoint's chat template.
///
/// ```swift
/// var chat = try Conversation(bundle, system: "You are a helpful assistant.")
/// let answer = try chat.reply(to: "What is the capital of France?")
/// ```
/// What was read and written stays in the key/value cache, so a turn costs its own tokens alone.
public struct Conversation: Sendable {
  /// The model and its files.
  public let bundle: ModelBundle
  /// The system's turn, nil for none.
  public let system: String?
  /// The turns so far, without the system's.
  public private(set) var messages: [ChatMessage] = []
  /// What the cache holds.
  private(set) var read: KVPrefix?
  private let template: ChatTemplate
  private let tokenizer: Tokenizer

  /// Begins a chat; throws `AssayError` for a model without tokenizer or chat template.
  public init(_ bundle: ModelBundle, system: String? = nil) throws {
    self.bundle = bundle
    self.system = system
    template = try bundle.requireChatTemplate()
    tokenizer = try bundle.requireTokenizer()
  }

  /// The tokens that the model continues after `text` as the user's next turn.
  public func prompt(_ text: String) throws -> [Int] {
    let head = system.map { [ChatMessage(role: "system", content: $0)] } ?? []
    let all = head + messages + [ChatMessage(role: "user", content: text)]
    return tokenizer.encode(try template.render(all, addGenerationPrompt: true))
  }

  /// The model's answer to `text`; both become turns of the chat.
  ///
  /// `onText` gets the answer piece by piece and ends it early by returning false. Throws `AssayError`
  /// for what the template refuses and for a chat that has outgrown the context; it is then as
  /// before.
  public mutating func reply(
    to text: String, options: GenerationOptions = GenerationOptions(maxNewTokens: 256),
    onText: (String) -> Bool = { _ in true }
  ) throws -> Generation {
    let tokens = try prompt(text)
    let context = bundle.model.configuration.contextLength
    guard tokens.count < context else {
      throw AssayError(
        .badInput,
        "the conversation has \(tokens.count) tokens, the model's context is \(context)",
        hint: "begin a new conversation, or shorten this turn")
    }
    let (answer, held) = try TextGenerator(bundle, batchSize: 1, prefix: read)
      .generate(tokens: tokens, options: options, onText: onText)
    messages.append(ChatMessage(role: "user", content: text))
    messages.append(ChatMessage(role: "assistant", content: answer.text))
    read = held ?? read
    return answer
  }

  /// Forgets all turns; the system's stays.
  public mutating func reset() { messages = [] }
}
