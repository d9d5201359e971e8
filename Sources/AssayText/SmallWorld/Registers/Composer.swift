import AssayCore

/// Writes one document: a generator, the phrasebook and the text so far.
struct Composer {
  let phrasebook: Phrasebook
  let requests: RequestBook
  let split: Split
  var generator: SplitMix64
  var writer = TextWriter()
  /// How much of the text states facts, in bytes.
  private(set) var factBytes = 0
  /// Facts already told here: repeating one would teach copying, not knowing.
  private var told: Set<Fact> = []

  init(phrasebook: Phrasebook, requests: RequestBook, split: Split, generator: SplitMix64) {
    self.phrasebook = phrasebook
    self.requests = requests
    self.split = split
    self.generator = generator
  }

  var almanac: Almanac { phrasebook.almanac }

  mutating func chance(_ percent: Int) -> Bool { generator.below(100) < percent }

  mutating func pick<T>(_ items: [T]) -> T { items[generator.below(items.count)] }

  mutating func fact() -> Fact { pick(almanac.facts) }

  mutating func entity() -> Almanac.Entity {
    almanac.entities[pick(almanac.entityOfFact)]
  }

  mutating func entity(ofKind kind: String) -> Almanac.Entity {
    var candidate = entity()
    while candidate.kind != kind { candidate = entity() }
    return candidate
  }

  /// All facts told so far.
  var toldFacts: Set<Fact> { told }

  /// Notes a fact as told; false if it was told before.
  mutating func isNew(_ fact: Fact) -> Bool { told.insert(fact).inserted }

  /// Tells a fact in one sentence, line or dialogue; does nothing if it was told before.
  mutating func tell(_ fact: Fact, _ form: Frame.Form, decorates: Bool = true) {
    guard isNew(fact) else { return }
    let phrase = phrasebook.phrase(for: fact, form: form, split: split, generator: &generator)
    let start = writer.byteCount
    if form == .table { writer.line() } else { writer.separate() }
    var opener: String?
    if decorates, phrase.frame.takesOpener, chance(12) { opener = pick(Phrasebook.openers) }
    phrasebook.write(fact, phrase, opener: opener, to: &writer)
    factBytes += writer.byteCount - start
    if form == .table {
      writer.write("\n")
    } else if form == .dialogue {
      // Short answers carry no full stop, so the line ends instead.
      if !writer.endsSentence { writer.write("\n") }
    } else if decorates, form == .prose, chance(4) {
      writer.write(pick(Phrasebook.closers))
    }
  }

  /// Tells a fact as an exchange between user and assistant.
  mutating func tellInChat(_ fact: Fact) {
    guard isNew(fact) else { return }
    let start = writer.byteCount
    let phrase = phrasebook.phrase(for: fact, form: .chat, split: split, generator: &generator)
    phrasebook.write(fact, phrase, to: &writer)
    factBytes += writer.byteCount - start
  }

  /// Tells up to `limit` of a subject's facts in random order.
  mutating func tellAbout(
    _ entity: Almanac.Entity, limit: Int, form: (inout SplitMix64) -> Frame.Form
  ) {
    for fact in generator.shuffled(entity.facts).prefix(limit) { tell(fact, form(&generator)) }
  }
}
