import AssayCore
import AssayText

/// Sees to it that natural text in an auditor's inputs comes from allowed sources.
///
/// What forbidden sources hold is read when the first input comes that is long enough to be a passage,
/// and kept for every session with the same world and sources in this process.
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
      guard let found = passages.finding(in: text) else { continue }
      throw AssayError(
        .forbidden,
        "rules '\(rules.name)' forbid natural text from '\(found.source)', and an input holds a "
          + "passage of it: '\(found.words)'",
        hint: "write inputs of your own, or take natural text with the tool documents; "
          + rules.sourcesHint)
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
