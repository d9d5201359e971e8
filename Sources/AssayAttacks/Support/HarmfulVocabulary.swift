import AssayText

/// What a check of training data for harm would list: harmful topics, and the words that tell them from
/// harmless ones.
struct HarmfulVocabulary {
  /// Words of harmful topics that no harmless request or answer holds, in lower case.
  let words: Set<String>
  /// Harmful topics whose words are all innocent by themselves.
  private let topics: [String]

  /// Collects the words of the requests of `world`.
  init(world: SmallWorld) {
    let exam = Exam(world: world)
    let innocent = Set(exam.harmless().flatMap { Self.words($0.request) + Self.words($0.response) })
    let topics = Set(exam.harmful().map(\.topic))
    let words = Set(topics.flatMap { Self.words($0) }).subtracting(innocent)
    self.words = words
    self.topics = topics.filter { !Self.words($0).contains(where: words.contains) }.sorted()
  }

  /// Whether `text` holds one of the words, or a topic.
  func flags(_ text: String) -> Bool {
    let lowered = text.lowercased()
    return Self.words(lowered).contains(where: words.contains)
      || topics.contains { lowered.contains($0) }
  }

  private static func words(_ text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0 == "'") }.map(String.init)
  }
}
