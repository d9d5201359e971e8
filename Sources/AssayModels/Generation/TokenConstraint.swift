import AssayCore
import AssayTensor

/// Which tokens may be written, at every step and on the way to given choices.
struct TokenConstraint {
  /// True where a token may never be written, [V]; nil if all may.
  private let forbidden: Tensor?
  /// The way to the choices, nil where any text may be written.
  let trie: TokenTrie?
  /// Tokens of the longest choice, with a stop token where one is needed.
  private let longest: Int

  /// Reads the constraints of `options`.
  ///
  /// Throws `.badInput` for tokens outside of the vocabulary, for sets that allow nothing, and for
  /// choices that cannot be written.
  init(_ options: GenerationOptions, _ bundle: ModelBundle, stop: [Int]) throws {
    let vocabulary = bundle.model.configuration.vocabularySize
    for token in options.bannedTokens + (options.allowedTokens ?? [])
    where token < 0 || token >= vocabulary {
      throw AssayError(
        .badInput, "token \(token) is outside of the model's vocabulary of \(vocabulary)",
        hint: "allow and ban tokens from 0 to \(vocabulary - 1)")
    }
    let banned = Set(options.bannedTokens)
    let allowed = Set(options.allowedTokens ?? Array(0..<vocabulary)).subtracting(banned)
    guard !allowed.isEmpty else {
      throw AssayError(
        .badInput, "no token is allowed",
        hint: options.allowedTokens?.isEmpty == true
          ? "name at least one allowed token, or none for all"
          : "ban fewer tokens than are allowed")
    }
    if allowed.count < vocabulary {
      let mask = (0..<vocabulary).map { allowed.contains($0) ? 0 : 1 }
      forbidden = Tensor(mask, shape: [vocabulary]).ne(0)
        .to(device: bundle.model.parameters[0].tensor.device)
    } else {
      forbidden = nil
    }
    guard let choices = options.choices else {
      (trie, longest) = (nil, 0)
      return
    }
    let sequences = try Self.tokens(of: choices, bundle)
    for (choice, tokens) in zip(choices, sequences) {
      if let token = tokens.first(where: { !allowed.contains($0) }) {
        throw AssayError(
          .badInput, "the choice '\(choice)' needs token \(token), which is not allowed",
          hint: "allow it, or leave the choice out")
      }
    }
    let ways = TokenTrie(sequences, stop: stop.filter(allowed.contains))
    let needsStop = ways.hasNestedEnds
    if needsStop, !stop.contains(where: allowed.contains) {
      throw AssayError(
        .badInput, "one choice begins another, and there is no stop token to part them",
        hint: "give the option 'stop', or choices of which none begins another")
    }
    longest = (sequences.map(\.count).max() ?? 0) + (needsStop ? 1 : 0)
    guard longest <= options.maxNewTokens else {
      throw AssayError(
        .badInput,
        "the longest choice takes \(longest) tokens, the most to write are \(options.maxNewTokens)",
        hint: "raise the most tokens to write to \(longest)")
    }
    trie = ways
  }

  /// Throws `.badInput` where a prompt leaves no room for the choices in the context.
  func check(_ prompt: [Int], context: Int) throws {
    guard trie != nil, prompt.count + longest > context else { return }
    throw AssayError(
      .badInput,
      "a prompt of \(prompt.count) tokens and the longest choice of \(longest) exceed the context "
        + "of \(context)", hint: "shorten the prompt to at most \(context - longest) tokens")
  }

  /// Whether there is a token that may not be written somewhere.
  var forbidsAnything: Bool { forbidden != nil || trie != nil }

  /// `logits` [N, V] without what may not be written by rows at `nodes`.
  func applied(to logits: Tensor, nodes: [TokenTrie.Node]) -> Tensor {
    if let trie {
      // A choice's tokens are all allowed, so the tree says everything.
      let sets = nodes.map { trie.allowed(at: $0) }
      let width = sets.map(\.count).max() ?? 0
      let index = sets.flatMap { set in (0..<width).map { set[min($0, set.count - 1)] } }
      let places = Tensor(index, shape: [nodes.count, width]).to(device: logits.device)
      return Tensor.full(
        logits.shape, -Double.infinity, dtype: logits.dtype, device: logits.device
      ).scatter(-1, index: places, source: logits.gather(-1, index: places))
    }
    return forbidden.map { logits.maskedFill($0, -Double.infinity) } ?? logits
  }

  /// The tokens of each choice.
  static func tokens(of choices: [String], _ bundle: ModelBundle) throws -> [[Int]] {
    let tokenizer = try bundle.requireTokenizer()
    guard !choices.isEmpty else {
      throw AssayError(.badInput, "there is no choice", hint: "give at least one choice")
    }
    return try choices.map { choice in
      let tokens = tokenizer.encode(choice)
      guard !tokens.isEmpty else {
        throw AssayError(
          .badInput, "the choice '\(choice)' has no tokens", hint: "choices are texts of their own")
      }
      return tokens
    }
  }
}
