import AssayCore
import Foundation

/// Everything that a `tokenizer.json` says, checked and ready for use.
struct TokenizerDefinition: Sendable {
  /// The file as it was read or made: saving writes it back, parts not understood here included.
  let document: Data
  let vocabulary: Vocabulary
  let merges: BytePairMerges
  let preTokenizer: PreTokenizer
  let addedTokens: [AddedToken]
  /// Looks for added tokens, those that skip normalisation first.
  let finders: [AddedTokenFinder]
  let specialIds: Set<Int>
  /// Put before and after a text that is encoded with `addSpecial`.
  let prefix: [Int]
  let suffix: [Int]
  /// Whether a word that is a token as it stands is that token, whatever the merges say.
  let prefersWholeWords: Bool

  init(reading data: Data) throws {
    let file = try OrderedJSON(parsing: data)
    guard file.object != nil, let model = file["model"] else {
      throw AssayError(
        .corrupt, "no 'model' in the tokenizer",
        hint: "expected the tokenizer.json that the tokenizers library saves")
    }
    try Self.refuseUnsupported(model: model, file: file)
    document = data
    let added = try Self.addedTokens(file)
    addedTokens = added
    vocabulary = try Self.vocabulary(model, addedTokens: addedTokens)
    merges = try Self.merges(model, vocabulary: vocabulary, addedTokens: addedTokens)
    preTokenizer = try PreTokenizer(reading: file["pre_tokenizer"])
    finders = try [false, true].compactMap { normalized in
      try AddedTokenFinder(added.filter { $0.isNormalized == normalized })
    }
    specialIds = Set(added.filter(\.isSpecial).map(\.id))
    let template = try TokenizerTemplate(reading: file["post_processor"])
    for id in template.prefix + template.suffix where vocabulary[id] == nil {
      throw AssayError(
        .corrupt, "the template adds token \(id), which is not in the vocabulary",
        hint: "add it to 'added_tokens' or remove it from 'post_processor'")
    }
    (prefix, suffix) = (template.prefix, template.suffix)
    prefersWholeWords = model["ignore_merges"]?.bool ?? false
  }

  private static func refuseUnsupported(model: OrderedJSON, file: OrderedJSON) throws {
    let kind = model["type"]?.string ?? "BPE"
    guard kind == "BPE" else {
      throw AssayError(
        .unsupported, "the tokenizer's model is '\(kind.prefix(40))'",
        hint: "only byte-level BPE can be read; use a model with a GPT-2 style tokenizer")
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let value = model[name], value.string != "" {
        throw AssayError(
          .unsupported, "the tokenizer's model sets '\(name)'",
          hint: "only byte-level BPE without affixes can be read")
      }
    }
    if model["byte_fallback"]?.bool == true {
      throw AssayError(
        .unsupported, "the tokenizer's model uses 'byte_fallback'",
        hint: "it is of the SentencePiece kind; only byte-level BPE can be read")
    }
    switch model["dropout"] {
    case nil, .integer(0)?, .number(0)?: break
    default:
      throw AssayError(
        .unsupported, "the tokenizer's model sets 'dropout'",
        hint: "set it to null: encoding would not be repeatable")
    }
    if let normalizer = file["normalizer"] {
      throw AssayError(
        .unsupported, "the tokenizer has a normalizer of type '\(typeName(normalizer))'",
        hint: "only tokenizers that leave text as it is can be read (\"normalizer\": null)")
    }
    let decoder = file["decoder"]?["type"]?.string
    guard decoder == "ByteLevel" else {
      throw AssayError(
        .unsupported,
        "the tokenizer's decoder is \(decoder.map { "'\($0.prefix(40))'" } ?? "missing")",
        hint: "in Python: tokenizer.decoder = tokenizers.decoders.ByteLevel(), then save again")
    }
  }

  /// The `type` of a part, for messages.
  static func typeName(_ part: OrderedJSON) -> String {
    String((part["type"]?.string ?? "unnamed").prefix(40))
  }
}
