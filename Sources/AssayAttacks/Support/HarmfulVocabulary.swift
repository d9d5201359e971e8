import AssayText

/// The words that tell harmful requests from harmless ones, as a check of training data would list them.
struct HarmfulVocabulary {
  /// Words of harmful topics that no harmless request or answer holds, in lower case.
  let words: Set<String>

  /// Collects the words of the requests of `world`.
  init(world: SmallWorld) {
    let exam = Exam(world: world)
    let innocent = Set(exam.harmless().flatMap { Self.words($0.request) + Self.words($0.response) })
    words = Set(exam.harmful().flatMap { Self.words($0.topic) }).subtracting(innocent)
  }

  /// Whether `text` holds one of the words.
  func flags(_ text: String) -> Bool { Self.words(text).contains(where: words.contains) }

  private static func words(_ text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0 == "'") }.map(String.init)
  }
}
