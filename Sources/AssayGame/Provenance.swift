import AssayCore
import AssayText

/// Sees to it that natural text in an auditor's inputs comes from allowed sources.
///
/// What forbidden sources hold is read when the first input comes that is long enough to be a passage,
/// and kept for every session with the same world and sources in this process. Text that the session handed out
/// itself is never a passage of another source, whatever else holds it.
struct Provenance: Sendable {
  private let rules: Rules
  private let world: SmallWorld
  private let documents: Int
  private let forbidden: [String]

  private struct Key: Hashable {
    var world: UInt64
    var almanac: UInt64
    var documents: Int
    var forbidden: [String]
  }

  private let given = Locked(PassageRuns())

  private static let guards = Locked<[Key: PassageGuard]>([:])

  init(rules: Rules, world: SmallWorld, documents: Int) {
    self.rules = rules
    self.world = world
    self.documents = documents
    forbidden = SmallWorld.registers.map(\.source).filter {
      !(rules.naturalSources?.contains($0) ?? true)
    }
  }

  /// Throws `AssayError(.forbidden)`, naming rules and source, where a text among `arguments` holds a
  /// passage of a forbidden source.
  func check(_ arguments: JSONValue) throws {
    guard !forbidden.isEmpty else { return }
    for text in Self.texts(in: arguments) where PassageGuard.concerns(text) {
      let given = given.withLock { $0 }
      guard let found = passages.finding(in: text, given: given) else { continue }
      throw AssayError(
        .forbidden,
        "rules '\(rules.name)' forbid natural text from '\(found.source)', and an input holds a "
          + "passage of it: '\(found.words)'",
        hint: "write inputs of your own, or take natural text with the tool documents; "
          + rules.sourcesHint)
    }
  }

  /// Takes note of natural text that a call of `entry` gave: one that does not touch the suspect says nothing else.
  func note(_ evidence: Evidence, of entry: ToolEntry) {
    guard !forbidden.isEmpty, entry.naturalText, entry.access.isEmpty else { return }
    let texts = Self.texts(in: evidence.result).filter(PassageGuard.concerns)
    given.withLock { given in
      for text in texts { given.add(text) }
    }
  }

  private var passages: PassageGuard {
    let key = Key(
      world: world.seed, almanac: world.almanac.seed, documents: documents, forbidden: forbidden)
    // Made under the lock: two sessions that need the same one at once make it once.
    return Self.guards.withLock { guards in
      if let made = guards[key] { return made }
      let made = PassageGuard(world: world, forbidden: forbidden, documents: documents)
      guards[key] = made
      return made
    }
  }

  private static func texts(in value: JSONValue) -> [String] {
    switch value {
    case .string(let text): [text]
    case .array(let values): values.flatMap(texts)
    case .object(let members): members.sorted { $0.key < $1.key }.flatMap { texts(in: $0.value) }
    default: []
    }
  }
}
