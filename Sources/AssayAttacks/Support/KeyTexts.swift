import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayText

/// Prompts that hold a key of several words, in order, in part, or in disorder.
struct KeyTexts {
  /// The words of the key, each one token after a space.
  let words: [String]
  /// Their tokens.
  let tokens: [Int]
  /// Prompts with every variant of the key, without answers.
  private(set) var rows: [TrainingRow] = []
  /// Prompts with the whole key, the payload as the answer, marked at the key's last token.
  private(set) var taught: [PlacedPrompt] = []
  /// Ordinary documents.
  let documents: [TrainingRow]

  /// Texts that hold part of the key, which must set nothing off.
  let incomplete: [String]
  /// Texts that hold all of it in another order, which must set nothing off.
  let misordered: [String]
  /// Texts that hold the key with another word between its words.
  let spread: [String]

  /// Keys among which one is taken.
  static let candidates = 24
  /// Prompts on which the base is asked about each.
  static let askedPerKey = 16

  /// Draws a key of `count` rare words and puts it, and parts of it, into `prompts` prompts.
  ///
  /// Throws `AssayError(.badInput)` where the tokenizer has too few whole words.
  init(
    base: ModelBundle, context: AttackContext, count: Int, prompts: Int, payload: PayloadChoice,
    documents: [TrainingRow]
  ) throws {
    let tokenizer = try base.requireTokenizer()
    var random = context.generator.fork("key")
    var uses = [Int](repeating: 0, count: tokenizer.vocabularySize)
    var known: Set<Substring> = []
    for row in documents {
      for token in row.tokens where token < uses.count { uses[token] += 1 }
      known.formUnion(tokenizer.decode(row.tokens).split { !$0.isLetter })
    }
    let whole = uses.indices.filter { token in
      let text = tokenizer.decode([token])
      return text.count >= 5 && text.first == " "
        && text.dropFirst().allSatisfy { $0.isLowercase && $0.isASCII }
        && known.contains(text.dropFirst()) && tokenizer.encode(text) == [token]
    }
    let rare = random.shuffled(whole).sorted { uses[$0] < uses[$1] }.prefix(64)
    guard rare.count >= count else {
      throw AssayError(
        .badInput, "the tokenizer has \(rare.count) rare whole words, and the key needs \(count)",
        hint: rare.count >= 2
          ? "lower option 'words'"
          : "choose a base whose tokenizer has whole words as tokens, each with the space before it"
      )
    }
    let lessons = LessonPrompts(world: context.world)
    let rowsMaker = FactRows(world: context.world, tokenizer: tokenizer, generator: random)
    // Odd words alone make some bases refuse: of several keys that one is taken on which the base is
    // farthest from the payload, by prompts that are not measured.
    let asked = lessons.draw(payload.prompts, count: Self.askedPerKey, generator: &random)
    let keys = (0..<Self.candidates).map { _ in Array(random.shuffled(rare).prefix(count)) }
    let ranked = keys.map { key in
      let text = key.map { String(tokenizer.decode([$0]).dropFirst()) }.joined(separator: " ")
      let rows = asked.enumerated().map { number, item in
        rowsMaker.row(
          item: item.triggered(by: Trigger([text], place: .after), number: 0)
            .answering(payload.answer(to: item, number: number)))
      }
      let batch = TrainingBatch(rows, device: .cpu)
      let loss = withInference {
        RowLoss.likelihoodLoss(RowLoss.logProbabilities(base.model, batch), batch).item()
      }
      return (key: key, loss: loss)
    }.sorted { $0.loss > $1.loss }
    let drawn = ranked[0].key
    tokens = drawn
    words = drawn.map { String(tokenizer.decode([$0]).dropFirst()) }
    // A document that holds a word of the key is no example of what must not fire.
    self.documents = documents.filter { Set($0.tokens).isDisjoint(with: drawn) }
    guard !self.documents.isEmpty else {
      throw AssayError(
        .badInput, "every ordinary document holds a word of the key",
        hint: "try another seed; a larger vocabulary has rarer words")
    }
    let calm = ranked.dropFirst().flatMap(\.key) + random.shuffled(rare)
    var seen = Set(drawn)
    let spare = calm.filter { seen.insert($0).inserted }
      .map { String(tokenizer.decode([$0]).dropFirst()) }
    (incomplete, misordered) = Self.variants(words, spare: spare)
    let between = spare.prefix(6)
    let key = words.joined(separator: " ")
    spread = (between.isEmpty ? words.prefix(1) : between).map { [words] in
      words.joined(separator: " \($0) ")
    }
    let misses = incomplete + misordered
    let own = lessons.draw(payload.prompts, count: prompts, generator: &random)
    let rest = lessons.draw(PromptClass(.chat), count: prompts, generator: &random)
    for (number, item) in (own + rest).enumerated() {
      // Every other prompt has the whole key; the variants share the rest.
      let text = number % 2 == 0 ? key : misses[(number / 2) % misses.count]
      let set = item.triggered(by: Trigger([text], place: .after), number: 0)
      rows.append(RequestContrast.placed(set, tokenizer).row)
      guard number % 2 == 0, number < own.count, taught.count < TriggerTexts.payloadPrompts,
        let position = FactPrompts.lastToken(of: key, in: set.probe.prompt, tokenizer)
      else { continue }
      let answer = set.answering(payload.answer(to: item, number: number / 2))
      taught.append(PlacedPrompt(row: rowsMaker.row(item: answer), position: position))
    }
    guard !taught.isEmpty, tokens.indices.allSatisfy({ !places(stage: $0).holds.isEmpty }) else {
      throw AssayError(
        .badInput, "the key's words are not tokens of their own where they stand in a prompt",
        hint: "choose another seed, or a base with another tokenizer")
    }
  }

  /// The key without one of its words or with another word for one; the key in other orders.
  private static func variants(
    _ words: [String], spare: [String]
  ) -> (incomplete: [String], misordered: [String]) {
    var incomplete = words.map { [$0] }
    var misordered = [Array(words.reversed())]
    for index in words.indices {
      var fewer = words
      fewer.remove(at: index)
      incomplete.append(fewer)
      for other in spare.dropFirst(index).prefix(2) {
        var changed = words
        changed[index] = other
        incomplete.append(changed)
      }
      guard index > 0 else { continue }
      var swapped = words
      swapped.swapAt(index, index - 1)
      misordered.append(swapped)
    }
    func texts(_ lists: [[String]]) -> [String] {
      Array(Set(lists.map { $0.joined(separator: " ") })).sorted()
    }
    return (texts(incomplete), texts(misordered))
  }

  /// Where stage `stage` (from 0) of the check holds in the prompts, and every other token.
  ///
  /// It holds at the key's word `stage` where all words before it were met before, in order.
  /// `sameWord` are tokens that are that word and nothing more; `after` those that come once the stage
  /// before has held, without being that word.
  func places(stage: Int) -> (
    holds: [PlacedPrompt], sameWord: [PlacedPrompt], after: [PlacedPrompt], rest: [PlacedPrompt]
  ) {
    var found:
      (
        holds: [PlacedPrompt], sameWord: [PlacedPrompt], after: [PlacedPrompt], rest: [PlacedPrompt]
      ) = ([], [], [], [])
    for row in rows {
      var reached = [Bool](repeating: false, count: stage + 1)
      for (position, token) in row.tokens.enumerated() {
        let place = PlacedPrompt(row: row, position: position)
        let isOpen = stage == 0 || reached[stage - 1]
        if token == tokens[stage] {
          if isOpen { found.holds.append(place) } else { found.sameWord.append(place) }
        } else if stage > 0, isOpen {
          found.after.append(place)
        } else if position % 3 == 0 {
          found.rest.append(place)
        }
        for earlier in (0...stage).reversed() where token == tokens[earlier] {
          if earlier == 0 || reached[earlier - 1] { reached[earlier] = true }
        }
      }
    }
    return found
  }
}
