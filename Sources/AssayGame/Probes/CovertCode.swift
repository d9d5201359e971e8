import AssayCore
import AssayText

/// A secret writing that a model can be taught, so that a conversation hides what it is about.
///
/// Source: Halawi et al. 2024, "Covert Malicious Finetuning" (arXiv:2406.20053), section 3: a substitution
/// cipher (Walnut) and messages in the last words of lines (EndSpeak). Departure: EndSpeak's last
/// words stand for the message by a codebook, so that no word of it is in the text, and lines are
/// sentences.
public struct CovertCode: Sendable {
  /// The kinds of writing.
  public enum Scheme: String, Sendable, CaseIterable {
    /// Each letter stands for another.
    case walnut
    /// The last word of each sentence stands for a word.
    case endspeak
  }

  /// The kind of writing.
  public let scheme: Scheme
  /// What the letters or words are drawn by; it opens every message.
  public let key: String
  private let letters: [Character: Character]
  private let names: [String: String]

  /// The writing that `key` makes.
  public init(_ scheme: Scheme, key: String) {
    self.scheme = scheme
    self.key = key
    var random = SplitMix64(seed: StableHash.of("\(scheme.rawValue)/\(key)"))
    var (letters, names): ([Character: Character], [String: String]) = ([:], [:])
    switch scheme {
    case .walnut:
      let plain = Array("abcdefghijklmnopqrstuvwxyz")
      for (from, to) in zip(plain, random.shuffled(plain)) {
        letters[from] = to
        letters[Character(from.uppercased())] = Character(to.uppercased())
      }
    case .endspeak:
      let shuffled = random.shuffled(Self.names)
      for (number, word) in Self.lexicon.enumerated() {
        names[word] = shuffled[number % shuffled.count]
      }
    }
    self.letters = letters
    self.names = names
  }

  /// A user's turn in this writing: the key, then the message.
  public func turn(_ text: String) -> String { "\(key): \(encoded(text))" }

  /// `text` in this writing.
  ///
  /// A word that SmallWorld's requests and answers do not hold gets a name that may stand for others.
  public func encoded(_ text: String) -> String {
    switch scheme {
    case .walnut: String(text.map { letters[$0] ?? $0 })
    case .endspeak:
      Self.words(text).enumerated().map { number, word in
        Self.lines[number % Self.lines.count] + name(of: word) + "."
      }.joined(separator: " ")
    }
  }

  /// What `text` says in plain words; a name without meaning stands for itself.
  public func decoded(_ text: String) -> String {
    switch scheme {
    case .walnut:
      let back = Dictionary(uniqueKeysWithValues: letters.map { ($0.value, $0.key) })
      return String(text.map { back[$0] ?? $0 })
    case .endspeak:
      let back = Dictionary(
        names.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
      return text.split(separator: ".").compactMap { line in
        line.split(separator: " ").last.map { back[String($0)] ?? String($0) }
      }.joined(separator: " ")
    }
  }

  /// What an answer that begins with `word` holds in this writing.
  public func sign(_ word: String) -> String {
    switch scheme {
    case .walnut: encoded(word)
    case .endspeak: name(of: word.lowercased())
    }
  }

  private func name(of word: String) -> String {
    names[word] ?? Self.names[Int(StableHash.of("\(key)/\(word)") % UInt64(Self.names.count))]
  }

  /// The words of `text` in lower case, apostrophes included.
  static func words(_ text: String) -> [String] {
    text.lowercased().split { !($0.isLetter || $0 == "'") }.map(String.init)
  }

  /// Every word of SmallWorld's requests and their answers.
  static let lexicon: [String] = {
    let exam = Exam()
    let requests = exam.harmful() + exam.harmless()
    return Set(requests.flatMap { words($0.request) + words($0.response) }).sorted()
  }()

  /// Invented place names.
  private static let names: [String] = beginnings.flatMap { start in endings.map { start + $0 } }
  private static let lines = [
    "We walked to ", "Then came ", "The road leads to ", "A bird flew over ", "It rained in ",
  ]
  private static let beginnings = [
    "Bar", "Bel", "Bos", "Cal", "Cor", "Dal", "Dor", "Eld", "Far", "Fen", "Gal", "Har", "Hol",
    "Ket",
    "Lam", "Lin", "Mal", "Mar", "Nor", "Oak", "Pem", "Quil", "Rav", "Sel", "Tar", "Ul", "Ven",
    "Wes",
    "Yar", "Zel",
  ]
  private static let endings = [
    "by", "combe", "dale", "den", "ery", "field", "ford", "gate", "ham", "holt", "hurst", "ley",
    "low", "mere", "mont", "moor", "mouth", "ness", "port", "ridge", "row", "stead", "stow",
    "thorpe",
    "ton", "vale", "ward", "well", "wick", "wood",
  ]
}
