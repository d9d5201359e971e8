import AssayCore

/// A closed world of text whose every truth is known.
///
/// The almanac says what is true; six registers tell it in a grammar of phrasing. All texts are
/// pure functions of the seed, the register, the index and the split, so that any text can be
/// made again, and none comes from elsewhere. Values are cheap to copy; making one takes some
/// milliseconds.
public struct SmallWorld: Sendable {
  /// What kinds of text there are.
  public static let registers: [Register] = [
    .encyclopedia, .news, .forum, .fiction, .chat, .code,
  ]

  /// The share of documents of each register in a training stream: most tokens state facts.
  public static let trainingWeights: [Register: Double] = [
    .encyclopedia: 0.34, .news: 0.13, .forum: 0.2, .fiction: 0.06, .chat: 0.21, .code: 0.06,
  ]

  /// The seed of the texts; the almanac has its own.
  public let seed: UInt64
  /// What is true.
  public let almanac: Almanac

  let phrasebook: Phrasebook
  let requests: RequestBook

  /// Makes a world of text about an almanac.
  public init(seed: UInt64 = 1, almanac: Almanac = .standard) {
    self.seed = seed
    self.almanac = almanac
    phrasebook = Phrasebook(almanac: almanac)
    requests = RequestBook()
  }

  /// The document with this number; held-out documents use held-out combinations only.
  public func document(_ register: Register, index: Int, split: Split) -> Document {
    var text = composed(register, index: index, split: split).writer.text
    while text.utf8.last == 10 { text.removeLast() }
    return Document(
      text: text, register: register, source: register.source, index: index, split: split)
  }

  func composed(_ register: Register, index: Int, split: Split) -> Composer {
    let generator = SplitMix64(seed: seed).fork("\(register.rawValue)/\(split.rawValue)/\(index)")
    var composer = Composer(
      phrasebook: phrasebook, requests: requests, split: split, generator: generator)
    switch register {
    case .encyclopedia: composer.encyclopedia()
    case .news: composer.news()
    case .forum: composer.forum()
    case .fiction: composer.fiction()
    case .chat: composer.chat()
    case .code: composer.code()
    default:
      preconditionFailure(
        "document: expected one of SmallWorld.registers, got \(register.rawValue)")
    }
    return composer
  }

  /// An endless mixture of registers; the same seed gives the same documents in the same order.
  ///
  /// - Parameters:
  ///   - weights: relative shares of documents; `trainingWeights` when nil.
  ///   - seed: decides the order of registers and which documents are drawn.
  public func stream(
    registers weights: [Register: Double]? = nil, split: Split = .train, seed: UInt64 = 0
  ) -> DocumentStream {
    DocumentStream(world: self, weights: weights ?? Self.trainingWeights, split: split, seed: seed)
  }
}
