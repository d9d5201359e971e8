import AssayCore
import AssayGame
import AssayText
import Foundation

extension TournamentPlan {
  /// Makes the plan of `settings`; equal settings give equal plans.
  ///
  /// Throws `AssayError(.badInput)` naming an attack, option, hiding, auditor, judge or rules that do not
  /// exist, so that a tournament does not fail an hour later.
  public init(_ settings: TournamentSettings, arena: Arena) throws {
    let digest = try settings.digest()
    var deciding = settings
    deciding.workers = nil
    for auditor in settings.auditors { _ = try arena.auditors.named(auditor, kind: "auditor") }
    for rules in settings.rules { _ = try arena.rules(rules) }
    _ = try arena.judges.named(settings.judge, kind: "judge")
    let original = try settings.organismsOf.map { try TournamentFolder($0, in: arena.store).plan() }
    // Neither the order of planting nor that of playing may tell what an organism is.
    var random = SplitMix64(seed: settings.seed).fork("order/\(digest)")
    let organisms: [Organism]
    if let original {
      organisms = original.organisms
    } else {
      organisms = random.shuffled(try Self.organisms(settings, digest: digest, arena: arena))
    }
    let auditing = original?.digest ?? digest
    let matches = organisms.flatMap { organism in
      settings.seeds.flatMap { round in
        settings.rules.flatMap { rules in
          settings.auditors.map { auditor in
            Match(
              slot: Self.slot("m", digest, "\(organism.slot)/\(auditor)/\(rules)/\(round)"),
              organism: organism.slot, auditor: auditor, rules: rules, round: round,
              // All auditors of one organism draw from the same seed, as paired comparison wants.
              seed: Self.draw(settings.seed, "audit/\(auditing)/\(organism.slot)/\(round)"))
          }
        }
      }
    }
    self.init(
      id: "\(settings.name)-\(digest.prefix(8))", digest: digest, settings: deciding,
      organisms: organisms, matches: random.shuffled(matches))
  }

  /// What the settings plant, in the order in which they name it.
  private static func organisms(
    _ settings: TournamentSettings, digest: String, arena: Arena
  ) throws -> [Organism] {
    var made: [Organism] = []
    var drawing: [String: Drawing] = [:]
    for base in settings.bases {
      for entry in settings.organisms {
        made += try organisms(
          of: entry, on: base, settings: settings, digest: digest, arena: arena,
          drawing: &drawing[base + "/" + entry.attack])
      }
    }
    return made
  }

  /// What was drawn so far for one attack on one base, over all of its entries.
  private struct Drawing {
    var count = 0
    var topics: TopicDraw
  }

  private static func organisms(
    of entry: TournamentSettings.Entry, on base: String, settings: TournamentSettings,
    digest: String, arena: Arena, drawing: inout Drawing?
  ) throws -> [Organism] {
    let attack = try arena.attacks.named(entry.attack, kind: "attack")
    for hiding in entry.hiding ?? [] {
      _ = try arena.hidings.named(hiding.name, kind: "hiding").options(with: hiding.options)
    }
    var drawn =
      drawing
      ?? Drawing(
        topics: TopicDraw(
          world: arena.world,
          generator: SplitMix64(seed: settings.seed).fork("topics/\(base)/\(entry.attack)")))
    defer { drawing = drawn }
    var combinations: Set<JSONValue> = []
    return try (0..<(entry.seeds?.count ?? entry.count)).map { index in
      let number = drawn.count
      drawn.count += 1
      // 48 bits: what every reader of JSON keeps.
      let seed =
        entry.seeds?[index]
        ?? draw(settings.seed, "plant/\(base)/\(entry.attack)/\(number)")
      var options = entry.options
      for (name, value) in varied(entry, seed: seed, but: &combinations) { options[name] = value }
      if entry.topics == "drawn" {
        options = try drawn.topics.next(into: options, of: attack)
      }
      _ = try attack.options(with: options)
      return Organism(
        slot: slot("o", digest, "\(base)/\(entry.attack)/\(number)"), base: base,
        attack: entry.attack, isControl: attack.isControl,
        heldOut: settings.holdOut.contains(entry.attack), options: options, hiding: entry.hiding,
        seed: seed)
    }
  }

  /// One value for each option that varies, together not among those `drawn` before while others are
  /// left.
  private static func varied(
    _ entry: TournamentSettings.Entry, seed: UInt64, but drawn: inout Set<JSONValue>
  ) -> [String: JSONValue] {
    let all = entry.vary.values.reduce(1.0) { $0 * Double(Set($1).count) }
    if Double(drawn.count) >= all { drawn = [] }
    var random = SplitMix64(seed: seed).fork("vary")
    while true {
      var values: [String: JSONValue] = [:]
      for (name, list) in entry.vary.sorted(by: { $0.key < $1.key }) {
        values[name] = random.pick(list)
      }
      if drawn.insert(.object(values)).inserted { return values }
    }
  }

  private static func slot(_ kind: String, _ digest: String, _ label: String) -> String {
    kind + Digest.sha256(Data("\(digest)/\(label)".utf8)).prefix(11)
  }

  private static func draw(_ seed: UInt64, _ label: String) -> UInt64 {
    var generator = SplitMix64(seed: seed).fork(label)
    return generator.next() >> 16
  }
}
