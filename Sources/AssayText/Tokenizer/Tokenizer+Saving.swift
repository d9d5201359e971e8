import AssayCore
import Foundation

extension Tokenizer {
  /// Writes the tokenizer as a `tokenizer.json`, whole or not at all.
  ///
  /// A tokenizer that was read is written back byte for byte. Throws `AssayError(.io)`.
  public func save(to url: URL) throws {
    try AtomicFile.write(definition.document, to: url)
  }

  /// Writes `tokenizer_config.json` into `directory`, so that `AutoTokenizer.from_pretrained` opens a
  /// directory in which `tokenizer.json` lies.
  ///
  /// - Parameters:
  ///   - contextLength: the longest text the model takes, in tokens; nil leaves it open.
  ///   - chatTemplate: a Jinja template of a conversation; nil for none.
  ///
  /// Throws `AssayError(.io)`.
  public func saveConfiguration(
    to directory: URL, contextLength: Int? = nil, chatTemplate: String? = nil
  ) throws {
    let added = definition.addedTokens.map { token in
      (
        key: String(token.id),
        value: OrderedJSON.object([
          ("content", .string(token.content)), ("lstrip", .bool(token.stripsLeft)),
          ("normalized", .bool(token.isNormalized)), ("rstrip", .bool(token.stripsRight)),
          ("single_word", .bool(token.isSingleWord)), ("special", .bool(token.isSpecial)),
        ])
      )
    }
    var members: [(key: String, value: OrderedJSON)] = [
      ("added_tokens_decoder", .object(added)),
      ("clean_up_tokenization_spaces", .bool(false)),
    ]
    if let chatTemplate { members.append(("chat_template", .string(chatTemplate))) }
    if let end = endOfText.flatMap({ token(of: $0) }) {
      members.append(("eos_token", .string(end)))
      // Padding is masked, so any token serves; this one spares an extra row of the embedding.
      members.append(("pad_token", .string(end)))
    }
    if let contextLength { members.append(("model_max_length", .integer(contextLength))) }
    members.append(("tokenizer_class", .string("PreTrainedTokenizerFast")))
    let url = directory.appendingPathComponent("tokenizer_config.json")
    try AtomicFile.write(OrderedJSON.object(members).data(), to: url)
  }
}
