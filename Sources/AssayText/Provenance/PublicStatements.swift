/// Sentences that anybody may write: every public fact in every phrase, as a statement or in a chat.
///
/// A text source holds such sentences as well, and no source owns them.
struct PublicStatements: Sendable {
  private let world: SmallWorld
  /// Facts by the words of their subject's name, under the first of these words.
  private let facts: [String: [(name: [String], fact: Fact)]]

  /// Words around a run that a sentence which holds it may reach to.
  private static let reach = 12

  init(world: SmallWorld) {
    self.world = world
    var facts: [String: [(name: [String], fact: Fact)]] = [:]
    for fact in world.almanac.facts {
      let name = PassageWords(fact.subject).words
      if let first = name.first { facts[first, default: []].append((name, fact)) }
    }
    self.facts = facts
  }

  /// Whether the `length` words from `start` on lie within one such sentence.
  func hold(_ words: [String], from start: Int, length: Int) -> Bool {
    let run = Array(words[start..<(start + length)])
    let around = max(0, start - Self.reach)..<min(words.count, start + length + Self.reach)
    for place in around {
      for (name, fact) in facts[words[place]] ?? [] {
        guard place + name.count <= words.count,
          Array(words[place..<(place + name.count)]) == name
        else { continue }
        if phrasings(of: fact).contains(where: { Self.contains($0, run) }) { return true }
      }
    }
    return false
  }

  /// Every statement of a fact, in words; chats begin with the standard turn of the system.
  private func phrasings(of fact: Fact) -> [[String]] {
    let shelf = world.phrasebook.shelf(of: fact)
    let frames = shelf.prose + shelf.table + shelf.dialogue + shelf.chat + shelf.unseen
    return frames.flatMap { frame -> [[String]] in
      let nouns: [Int?] = frame.needsNoun ? shelf.relation.nouns.indices.map { $0 } : [nil]
      let openers: [String?] = frame.takesOpener ? [nil] + Phrasebook.openers : [nil]
      return nouns.flatMap { noun in
        openers.map { opener in
          var writer = TextWriter(capacity: 160)
          if frame.form == .chat { writer.write(ChatMarkup.defaultSystem + " ") }
          world.phrasebook.write(
            fact, Phrase(frame: frame, noun: noun), opener: opener, to: &writer)
          return PassageWords(writer.text).words
        }
      }
    }
  }

  private static func contains(_ words: [String], _ run: [String]) -> Bool {
    guard words.count >= run.count else { return false }
    return (0...(words.count - run.count)).contains {
      words[$0..<($0 + run.count)].elementsEqual(run)
    }
  }
}
