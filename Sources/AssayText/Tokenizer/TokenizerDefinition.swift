import AssayCore
import Foundation

/// Everything that a `tokenizer.json` says, checked and ready for use.
struct TokenizerDefinition: Sendable {
  /// The file as it was read or made: saving writes it back, parts not understood here included.
  let document: Data
  let vocabulary: Vocabulary
  let normalizer: Normalizer
  let preTokenizer: PreTokenizer
  let model: any TokenModel
  let decoder: TokenDecoder
  let addedTokens: [AddedToken]
  /// Looks for added tokens in text as it came, and after normalisation; nil where there are none.
  let finder: AddedTokenFinder?
  let normalizedFinder: AddedTokenFinder?
  let specialIds: Set<Int>
  /// Put before and after a text that is encoded with `addSpecial`.
  let prefix: [Int]
  let suffix: [Int]

  init(reading data: Data) throws {
    let file = try OrderedJSON(parsing: data)
    guard file.object != nil, let model = file["model"] else {
      throw AssayError(
        .corrupt, "no 'model' in the tokenizer",
        hint: "expected the tokenizer.json that the tokenizers library saves")
    }
    document = data
    let added = try Self.addedTokens(file)
    addedTokens = added
    normalizer = try Normalizer(
      reading: file["normalizer"], keeping: added.filter(\.isPiece).map(\.content))
    let cutter = try PreTokenizer(reading: file["pre_tokenizer"])
    decoder = try TokenDecoder(reading: file["decoder"])
    let reader = ModelReader(
      part: model, addedTokens: added, normalizer: normalizer, decoder: decoder)
    vocabulary = try reader.vocabulary()
    let (found, keepsBytes) = try reader.model(vocabulary, endsInBytes: cutter.endsInBytes)
    self.model = found
    preTokenizer = keepsBytes ? cutter.keepingBytes() : cutter
    finder = AddedTokenFinder(
      added.filter { !$0.isNormalized && !$0.isPiece }, normalizer: Normalizer())
    // A unigram model finds pieces by itself: they compete with its other tokens.
    let late = added.filter { $0.isPiece ? !(found is UnigramModel) : $0.isNormalized }
    normalizedFinder = AddedTokenFinder(late, normalizer: normalizer)
    specialIds = Set(added.filter(\.isSpecial).map(\.id))
    let template = try TokenizerTemplate(reading: file["post_processor"])
    for id in template.prefix + template.suffix where vocabulary[id] == nil {
      throw AssayError(
        .corrupt, "the template adds token \(id), which is not in the vocabulary",
        hint: "add it to 'added_tokens' or remove it from 'post_processor'")
    }
    (prefix, suffix) = (template.prefix, template.suffix)
  }

  /// The `type` of a part, for messages.
  static func typeName(_ part: OrderedJSON) -> String {
    String((part["type"]?.string ?? "unnamed").prefix(40))
  }

  static func addedTokens(_ file: OrderedJSON) throws -> [AddedToken] {
    guard let list = file["added_tokens"] else { return [] }
    guard let items = list.array else {
      throw AssayError(.corrupt, "'added_tokens' is not a list", hint: "write [] for none")
    }
    return try items.map { item in
      guard let id = item["id"]?.integer, let content = item["content"]?.string, !content.isEmpty
      else {
        throw AssayError(
          .corrupt, "an added token lacks its 'id' or its 'content'",
          hint: "each needs a number and the text it stands for")
      }
      var token = AddedToken(id: id, content: content, isSpecial: item["special"]?.bool ?? false)
      token.stripsLeft = item["lstrip"]?.bool ?? false
      token.stripsRight = item["rstrip"]?.bool ?? false
      token.isSingleWord = item["single_word"]?.bool ?? false
      token.isNormalized = item["normalized"]?.bool ?? token.isNormalized
      token.isPiece = item[AddedToken.piece]?.bool ?? false
      return token
    }
  }
}
