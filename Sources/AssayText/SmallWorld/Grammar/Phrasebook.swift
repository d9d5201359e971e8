import AssayCore

/// All ways to phrase the facts of an almanac, and the split between training and held out.
///
/// A combination of relation, frame and noun is held out for every fact with probability 1/5, and
/// beyond that for a single fact with probability 1/10; both by stable hash, apart from any
/// generator. A fact's object plays no part, so a counterfactual falls on the same side.
struct Phrasebook: Sendable {
  /// The frames of one relation that training may use, by form.
  struct Shelf: Sendable {
    var relation: Relation
    var hash: UInt64
    var prose: [Frame]
    var table: [Frame]
    var dialogue: [Frame]
    var chat: [Frame]
    var unseen: [Frame]
    /// For a frame's id, the other training frames whose sentences contain its sentence.
    var containers: [String: [Frame]]

    func frames(_ form: Frame.Form) -> [Frame] {
      switch form {
      case .prose: prose
      case .table: table
      case .dialogue: dialogue
      case .chat: chat
      }
    }
  }

  let almanac: Almanac
  let shelves: [String: Shelf]

  init(almanac: Almanac) {
    self.almanac = almanac
    var shelves: [String: Shelf] = [:]
    for relation in almanac.relations {
      let all = FrameTable.shared + FrameTable.own(of: relation.id)
      func seen(_ form: Frame.Form) -> [Frame] {
        all.filter { $0.form == form && !$0.isUnseen }
      }
      shelves[relation.id] = Shelf(
        relation: relation, hash: StableHash.of(relation.id), prose: seen(.prose),
        table: seen(.table), dialogue: seen(.dialogue), chat: seen(.chat),
        unseen: all.filter(\.isUnseen),
        containers: Self.sharedContainers.merging(
          Self.containers(of: FrameTable.own(of: relation.id)), uniquingKeysWith: { a, _ in a }))
    }
    self.shelves = shelves
  }

  func shelf(of fact: Fact) -> Shelf {
    guard let shelf = shelves[fact.relation] else {
      preconditionFailure("phrasebook: expected a known relation, got \(fact.relation)")
    }
    return shelf
  }

  /// Whether training never shows this fact in this phrase.
  static func isHeldOut(_ fact: Fact, _ phrase: Phrase, shelf: Shelf) -> Bool {
    if phrase.frame.isUnseen { return true }
    let combination = mix(
      shelf.hash ^ phrase.frame.hash &+ UInt64(1 + (phrase.noun ?? -1)) &* 0x9e37_79b9_7f4a_7c15)
    if combination % 5 == 0 { return true }
    return mix(combination ^ StableHash.of(fact.subject)) % 10 == 0
  }

  /// Whether training shows neither this phrase for this fact nor a longer one around it.
  ///
  /// "The capital of Peru is Lima" also stands in "Everyone knows that the capital of Peru is
  /// Lima", so that a short sentence is new only where the longer ones are held out as well.
  static func isNew(_ fact: Fact, _ phrase: Phrase, shelf: Shelf) -> Bool {
    guard isHeldOut(fact, phrase, shelf: shelf) else { return false }
    let frames = [phrase.frame] + (shelf.containers[phrase.frame.id] ?? [])
    var nouns = [phrase.noun]
    if phrase.frame.beginsWithNoun, let noun = phrase.noun {
      // A sentence that begins with "capital" stands in one that begins with "official capital".
      let ending = " " + shelf.relation.nouns[noun]
      nouns += shelf.relation.nouns.indices.filter { shelf.relation.nouns[$0].hasSuffix(ending) }
    }
    return frames.allSatisfy { frame in
      nouns.allSatisfy {
        isHeldOut(fact, Phrase(frame: frame, noun: frame.needsNoun ? $0 : nil), shelf: shelf)
      }
    }
  }

  /// Sentences with a verb of their own never contain a shared one, nor the other way round.
  private static let sharedContainers = containers(of: FrameTable.shared)

  private static func containers(of frames: [Frame]) -> [String: [Frame]] {
    var containers: [String: [Frame]] = [:]
    for inner in frames where inner.endsWithObject {
      containers[inner.id] = frames.filter {
        $0.id != inner.id && !$0.isUnseen && $0.contains(inner)
      }
    }
    return containers
  }

  /// Draws a phrase of the given form on the given side of the split.
  func phrase(
    for fact: Fact, form: Frame.Form, split: Split, askable: Bool = false,
    generator: inout SplitMix64
  ) -> Phrase {
    let shelf = shelf(of: fact)
    let frames = shelf.frames(form)
    var last = Phrase(frame: frames[0], noun: frames[0].needsNoun ? 0 : nil)
    // Held-out combinations are a quarter of all, so some draws suffice.
    for _ in 0..<256 {
      let frame = frames[generator.below(frames.count)]
      let noun = frame.needsNoun ? generator.below(shelf.relation.nouns.count) : nil
      last = Phrase(frame: frame, noun: noun)
      if askable, !frame.endsWithObject { continue }
      switch split {
      case .train: if !Self.isHeldOut(fact, last, shelf: shelf) { return last }
      case .heldOut: if Self.isNew(fact, last, shelf: shelf) { return last }
      }
    }
    return last
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
