import AssayCore
import Dispatch

/// Finds passages in a text that were taken from sources which are out of bounds.
///
/// It knows the first documents of every source of a world, of both splits, and holds a text against
/// those of the forbidden ones. Not counted are runs of words that an allowed source holds too, and
/// those within one sentence that states a public fact, which anybody may write.
///
/// Cost: some seconds to make, once for a world and a set of sources; some microseconds for a text.
/// Limits: documents behind the first ones of a source are not known, nor are copies shorter than
/// ``PassageIndex/length`` words; see there.
public struct PassageGuard: Sendable {
  /// A passage of a forbidden source.
  public struct Finding: Hashable, Sendable {
    /// The source that holds it.
    public var source: String
    /// The words of the passage's beginning.
    public var words: String
  }

  private let index: PassageIndex
  private let statements: PublicStatements

  /// Documents of each source and split that are known.
  public static let documents = 1024

  /// Reads `documents` documents of each split of every source, on all cores.
  public init(world: SmallWorld, forbidden: [String], documents: Int = Self.documents) {
    let jobs = SmallWorld.registers.flatMap { register in
      Split.allCases.map { (register: register, split: $0) }
    }
    let made = Locked([Int: PassageIndex]())
    DispatchQueue.concurrentPerform(iterations: jobs.count) { number in
      let (register, split) = jobs[number]
      var part = PassageIndex()
      for index in 0..<documents {
        part.add(
          world.document(register, index: index, split: split).text, source: register.source)
      }
      part.finish()
      let finished = part
      made.withLock { $0[number] = finished }
    }
    var (outside, inside) = (PassageIndex(), PassageIndex())
    for (number, part) in made.withLock({ $0 }) {
      if forbidden.contains(jobs[number].register.source) {
        outside.merge(part)
      } else {
        inside.merge(part)
      }
    }
    outside.subtract(inside)
    index = outside
    statements = PublicStatements(world: world)
  }

  /// Whether a text is long enough to be looked at.
  public static func concerns(_ text: String) -> Bool {
    // A word has a letter and a space at least.
    text.utf8.count >= 2 * PassageIndex.length - 1
      && PassageWords(text).words.count >= PassageIndex.length
  }

  /// The first passage of a forbidden source in `text`, nil where there is none.
  public func finding(in text: String) -> Finding? {
    let words = PassageWords(text)
    let length = PassageIndex.length
    for match in index.matches(in: words)
    where !statements.hold(words.words, from: match.start, length: length) {
      return Finding(
        source: match.source,
        words: words.words[match.start..<(match.start + length)].joined(separator: " "))
    }
    return nil
  }
}
