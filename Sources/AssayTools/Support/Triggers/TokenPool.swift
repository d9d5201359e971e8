import AssayText

/// Tokens of a vocabulary that stand for text which a user can write.
struct TokenPool {
  /// The tokens, in the order of their numbers.
  let tokens: [Int]
  /// Tokens that the limit left out.
  let leftOut: Int

  /// At most `limit` of them, evenly over the vocabulary of `size`.
  ///
  /// Left out are special tokens, those without text, and parts of a character.
  init(_ tokenizer: Tokenizer, size: Int, limit: Int) {
    let special = Set(tokenizer.addedTokens.map(\.id))
    let all = (0..<size).filter { id in
      guard !special.contains(id), tokenizer.token(of: id) != nil else { return false }
      let text = tokenizer.decode([id])
      return !text.isEmpty && !text.contains("\u{fffd}")
    }
    leftOut = max(0, all.count - limit)
    guard all.count > limit else {
      tokens = all
      return
    }
    tokens = (0..<limit).map { all[$0 * all.count / limit] }
  }
}
