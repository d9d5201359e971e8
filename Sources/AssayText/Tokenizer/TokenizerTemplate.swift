import AssayCore

/// What `post_processor` of a `tokenizer.json` puts around a text.
struct TokenizerTemplate {
  var prefix: [Int] = []
  var suffix: [Int] = []

  /// Reads a `ByteLevel` step (which changes no number), a `TemplateProcessing` of a single text, the
  /// fixed templates of BERT and RoBERTa, or a sequence of these.
  init(reading part: OrderedJSON?) throws {
    guard let part else { return }
    switch part["type"]?.string {
    case "ByteLevel": break
    case "TemplateProcessing": try read(part)
    case "BertProcessing", "RobertaProcessing":
      guard let first = part["cls"]?.array?.last?.integer,
        let last = part["sep"]?.array?.last?.integer
      else {
        throw AssayError(
          .corrupt, "the post-processor lacks its 'cls' or its 'sep'",
          hint: "each is a list of the token and its number")
      }
      (prefix, suffix) = ([first], [last])
    case "Sequence":
      for step in part["processors"]?.array ?? [] {
        let inner = try TokenizerTemplate(reading: step)
        prefix = inner.prefix + prefix
        suffix += inner.suffix
      }
    default:
      throw AssayError(
        .unsupported,
        "the tokenizer has a post-processor of type '\(TokenizerDefinition.typeName(part))'",
        hint:
          "ByteLevel, TemplateProcessing, BertProcessing, RobertaProcessing and Sequence can be "
          + "read")
    }
  }

  private mutating func read(_ part: OrderedJSON) throws {
    var seenText = false
    for piece in part["single"]?.array ?? [] {
      if piece["Sequence"] != nil {
        seenText = true
        continue
      }
      guard let name = piece["SpecialToken"]?["id"]?.string,
        let ids = part["special_tokens"]?[name]?["ids"]?.array
      else {
        throw AssayError(
          .corrupt, "the template names a special token that it does not list",
          hint: "'special_tokens' of the post-processor needs every token that 'single' uses")
      }
      let numbers = ids.compactMap(\.integer)
      if seenText { suffix += numbers } else { prefix += numbers }
    }
  }
}
