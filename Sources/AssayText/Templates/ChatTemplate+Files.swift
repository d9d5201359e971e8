import AssayCore
import Foundation

extension ChatTemplate {
  /// Names of special tokens that a model's files may give.
  private static let tokenNames = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// The chat template of a model's files, nil where they have none.
  ///
  /// `jinja` is `chat_template.jinja`, which wins; else `tokenizerConfig`, `tokenizer_config.json`,
  /// holds one template, or a list of them by name, of which "default" is used, and "tool_use" where
  /// tools are given. Special tokens come from the same file, else from `specialTokensMap`,
  /// `special_tokens_map.json`; each is a text or an object with its `content`. Throws `AssayError`
  /// for files that cannot be read and for templates as `init(_:toolUse:specialTokens:)` does.
  public init?(jinja: Data?, tokenizerConfig: Data?, specialTokensMap: Data? = nil) throws {
    let config = try tokenizerConfig.map { try OrderedJSON(parsing: $0) }
    let map = try specialTokensMap.map { try OrderedJSON(parsing: $0) }
    var tokens: [String: String] = [:]
    for name in Self.tokenNames {
      if let value = config?[name] ?? map?[name] {
        tokens[name] = value.string ?? value["content"]?.string
      }
    }
    if let jinja {
      guard let source = String(validating: jinja, as: UTF8.self) else {
        throw AssayError(
          .corrupt, "chat_template.jinja is not UTF-8", hint: "fetch the file again")
      }
      try self.init(source, specialTokens: tokens)
      return
    }
    guard let given = config?["chat_template"] else { return nil }
    if let source = given.string {
      try self.init(source, specialTokens: tokens)
      return
    }
    var named: [String: String] = [:]
    for entry in given.array ?? [] {
      if let name = entry["name"]?.string, let source = entry["template"]?.string {
        named[name] = source
      }
    }
    for member in given.object ?? [] { named[member.key] = member.value.string }
    guard let source = named["default"] ?? named["tool_use"] else {
      let names = named.keys.sorted().joined(separator: ", ")
      throw AssayError(
        .corrupt, "tokenizer_config.json has no chat template called 'default'",
        hint: "rename one of its templates: \(names.isEmpty ? "it has none" : names)")
    }
    try self.init(source, toolUse: named["tool_use"], specialTokens: tokens)
  }
}
