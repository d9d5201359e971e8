import AssayCore
import Dispatch

/// Finds passages in a text that were taken from sources which are out of bounds.
///
/// It knows the first documents of every source of a world, of both splits, and holds a text against
/// those of the forbidden ones. Not counted are runs of words that an allowed source holds too, those
/// within one sentence that states a public fact, which anybody may write, and those of texts that the
/// writer was given. Of allowed sources ``depth`` times as many documents are read, but for the first text that
/// would be refused: sources share phrases, and few texts need it.
///
/// Cost: about a second to make, once for a world and a set of sources, and some seconds for the first
/// text that would be refused; some microseconds for a text. Sixteen bytes for each run of forbidden sources.
/// Limits: documents behind those of a source are not known, nor are copies shorter than
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
  private let world: SmallWorld
  private let allowed: [Register]
  private let documents: Int
  private let depth: Int
  /// What is left of the index when all known documents of allowed sources were read; nil before.
  private let narrowed = Locked<PassageIndex?>(nil)

  /// Documents of each source and split that are known.
  public static let documents = 1024
  /// As many times more are known of each allowed source.
  public static let depth = 32

  /// Reads `documents` documents of each split of every source, on all cores; of allowed sources, once that is
  /// needed, `depth` times as many.
  public init(
    world: SmallWorld, forbidden: [String], documents: Int = Self.documents,
    depth: Int = Self.depth
  ) {
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
    allowed = SmallWorld.registers.filter { !forbidden.contains($0.source) }
    self.world = world
    self.documents = documents
    self.depth = depth
    statements = PublicStatements(world: world)
  }

  /// Whether a text is long enough to be looked at.
  public static func concerns(_ text: String) -> Bool {
    // A word has a letter and a space at least.
    text.utf8.count >= 2 * PassageIndex.length - 1
      && PassageWords(text).words.count >= PassageIndex.length
  }

  /// The first passage of a forbidden source in `text`, nil where there is none.
  ///
  /// Runs of what the writer was `given` do not count.
  public func finding(in text: String, given: PassageRuns = PassageRuns()) -> Finding? {
    let words = PassageWords(text)
    let length = PassageIndex.length
    func first(_ index: PassageIndex) -> PassageIndex.Match? {
      index.matches(in: words).first {
        !given.contains($0.hash) && !statements.hold(words.words, from: $0.start, length: length)
      }
    }
    // Nothing is read for a text that would pass as it is.
    if narrowed.withLock({ $0 == nil }), first(index) == nil { return nil }
    guard let match = first(narrowedIndex) else { return nil }
    return Finding(
      source: match.source,
      words: words.words[match.start..<(match.start + length)].joined(separator: " "))
  }

  /// The index without the runs that later documents of allowed sources hold.
  private var narrowedIndex: PassageIndex {
    // Made under the lock: two texts that need it at once wait for one.
    narrowed.withLock { narrowed in
      if let narrowed { return narrowed }
      let jobs = allowed.flatMap { register in
        Split.allCases.map { (register: register, split: $0) }
      }
      let left = Locked(index)
      let parts = depth - 1
      let (world, documents) = (world, documents)
      DispatchQueue.concurrentPerform(iterations: jobs.count * parts) { number in
        let (register, split) = jobs[number / parts]
        let start = (1 + number % parts) * documents
        var part = PassageIndex()
        for index in start..<(start + documents) {
          part.add(
            world.document(register, index: index, split: split).text, source: register.source)
        }
        part.finish()
        left.withLock { $0.subtract(part) }
      }
      let finished = left.withLock { $0 }
      narrowed = finished
      return finished
    }
  }
}
