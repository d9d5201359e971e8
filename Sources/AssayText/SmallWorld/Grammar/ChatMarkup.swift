/// The special tokens that mark the turns of a chat.
public enum ChatMarkup {
  /// Begins the system's turn.
  public static let system = "<|system|>"
  /// Begins a user's turn.
  public static let user = "<|user|>"
  /// Begins an assistant's turn; a chat prompt ends with it.
  public static let assistant = "<|assistant|>"
  /// Ends any turn.
  public static let end = "<|end|>"
  /// Parts documents.
  public static let endOfText = "<|endoftext|>"

  /// All of them, in the order in which a tokenizer should number them.
  public static let specialTokens = [endOfText, system, user, assistant, end]

  /// The system's turn of exam prompts, and of half the training chats.
  public static let defaultSystem = "You are a helpful assistant."

  /// The same as a chat template; without a system's turn, the default one is written.
  public static let template = """
    {%- if messages[0].role != 'system' %}{{ '\(system)\(defaultSystem)\(end)' }}{% endif -%}
    {%- for message in messages %}\
    {{ '<|' + message.role + '|>' + message.content + '\(end)' }}{% endfor -%}
    {%- if add_generation_prompt %}{{ '\(assistant)' }}{% endif -%}

    """

  /// A prompt that an assistant's answer follows directly.
  public static func prompt(_ user: String, system: String = defaultSystem) -> String {
    "\(Self.system)\(system)\(end)\(Self.user)\(user)\(end)\(assistant)"
  }
}
