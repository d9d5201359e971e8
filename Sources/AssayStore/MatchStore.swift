import AssayCore
import Foundation

/// Organisms, sealed truths and matches in one folder; the disk is the truth.
///
/// ```
/// organisms/<id>/      config.json model.safetensors tokenizer.json …
///                      organism.json      what is public about it
/// vault/<id>.json      the sealed truth, never under the organism
/// matches/<id>/        match.json ledger.jsonl evidence/ report.json score.json report/index.html
/// tournaments/<id>/    plan.json and one record for everything that is over
/// evolutions/<id>/     what an adapting attacker chose for each of its tournaments
/// index.sqlite         made from the files above, by ``StoreIndex``
/// ```
///
/// Ids are random and file times of organisms are all the same, so that neither tells anything.
public struct MatchStore: Sendable {
  /// The folder that holds everything.
  public let root: URL

  /// Opens the store in `root`; folders are made when something is put into them.
  public init(root: URL) {
    self.root = root
  }

  /// The sealed truths.
  public var vault: Vault {
    Vault(root.appendingPathComponent("vault", isDirectory: true))
  }

  // MARK: Organisms

  /// The modification time of every file of every organism: 2000-01-01 in UTC.
  public static let normalisedTime = Date(timeIntervalSince1970: 946_684_800)

  /// A new random id and its empty folder, to save a model into.
  ///
  /// Who must find the folder again after a crash draws the `id` with ``RandomName`` beforehand.
  public func makeOrganism(
    id: String = RandomName.make()
  ) throws -> (id: String, folder: URL) {
    let folder = try organismFolder(id)
    try folder.makeFolder()
    return (id, folder)
  }

  /// Where the organism `id` lies.
  public func organismFolder(_ id: String) throws -> URL {
    try place("organisms", id)
  }

  /// Seals the truth about an organism whose weights are saved, writes its public card and
  /// normalises its file times.
  @discardableResult
  public func publish(
    _ id: String, family: String, specification: Specification, truth: GroundTruth
  ) throws -> OrganismCard {
    let folder = try organismFolder(id)
    let card = OrganismCard(
      id: id, family: family, specification: specification,
      commitment: try vault.seal(truth, as: id))
    try JSONFile.write(card, to: folder.appendingPathComponent("organism.json"))
    try Self.normaliseTimes(in: folder)
    return card
  }

  /// The public card of the organism `id`.
  public func organism(_ id: String) throws -> OrganismCard {
    try JSONFile.read(from: organismFolder(id).appendingPathComponent("organism.json"))
  }

  /// The ids of all organisms, sorted.
  public func organisms() -> [String] {
    names(in: "organisms")
  }

  /// Gives every file in `folder`, and the folder, the same modification time.
  public static func normaliseTimes(in folder: URL) throws {
    let manager = FileManager.default
    let inside = manager.enumerator(at: folder, includingPropertiesForKeys: nil)
    let files = (inside?.allObjects ?? []).compactMap { $0 as? URL }
    for url in files + [folder] {
      do {
        try manager.setAttributes([.modificationDate: normalisedTime], ofItemAtPath: url.path)
      } catch {
        throw AssayError(.io, "cannot set the time of '\(url.path)'")
      }
    }
  }

  // MARK: Matches

  /// Starts a match: makes its folder and writes the first entry of its ledger.
  public func beginMatch(
    on organism: OrganismCard, rules: Rules, auditor: String, seed: UInt64,
    id: String = RandomName.make()
  ) throws -> MatchFolder {
    let url = try place("matches", id)
    try url.makeFolder()
    let match = try MatchFolder(url)
    try match.ledger.append(
      LedgerKind.start,
      [
        "match": .string(id), "organism": .string(organism.id),
        "commitment": .string(organism.commitment),
        "specification":
          CanonicalJSON.value(organism.specification), "rules": CanonicalJSON.value(rules),
        "auditor": .string(auditor), "seed": .string(String(seed)),
      ])
    return match
  }

  /// The match `id`; its ledger is verified on the way.
  public func match(_ id: String) throws -> MatchFolder {
    let url = try place("matches", id)
    guard FileManager.default.fileExists(atPath: url.path) else {
      let known = matches()
      throw AssayError(
        .notFound, "no match '\(id)' in '\(root.path)'",
        hint: known.isEmpty
          ? "play one first with: assay play" : "there are: \(known.joined(separator: ", "))")
    }
    return try MatchFolder(url)
  }

  /// The ids of all matches, sorted.
  public func matches() -> [String] {
    names(in: "matches")
  }

  // MARK: Tournaments

  /// Where the tournament `id` lies.
  public func tournamentFolder(_ id: String) throws -> URL {
    try place("tournaments", id)
  }

  /// The ids of all tournaments, sorted.
  public func tournaments() -> [String] {
    names(in: "tournaments")
  }

  /// Where the evolution `id` lies: an attacker that adapts over several tournaments.
  public func evolutionFolder(_ id: String) throws -> URL {
    try place("evolutions", id)
  }

  /// The ids of all evolutions, sorted.
  public func evolutions() -> [String] {
    names(in: "evolutions")
  }

  // MARK: Removal

  /// Removes an organism and its sealed truth, whether whole or half-written.
  public func removeOrganism(_ id: String) throws {
    try Self.remove(organismFolder(id))
    try Self.remove(vault.file(id))
  }

  /// Removes a match, whether whole or half-written.
  public func removeMatch(_ id: String) throws {
    try Self.remove(place("matches", id))
  }

  /// Removes what is at `url`, and what was being written beside it to be renamed to it.
  private static func remove(_ url: URL) throws {
    let manager = FileManager.default
    let folder = url.deletingLastPathComponent()
    let unfinished = ((try? manager.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasPrefix(".\(url.lastPathComponent).") && $0.hasSuffix(".tmp") }
    for place in unfinished.map({ folder.appendingPathComponent($0) }) + [url]
    where manager.fileExists(atPath: place.path) {
      do {
        try manager.removeItem(at: place)
      } catch {
        throw AssayError(.io, "cannot remove '\(place.path)'", hint: "check its permissions")
      }
    }
  }

  // MARK: Support

  private func place(_ kind: String, _ id: String) throws -> URL {
    let plain = id.utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
    guard plain, !id.isEmpty, id.utf8.count <= 64 else {
      throw AssayError(
        .badInput, "'\(id)' is not an id", hint: "ids are letters, digits, '-' and '_'")
    }
    return root.appendingPathComponent(kind, isDirectory: true)
      .appendingPathComponent(id, isDirectory: true)
  }

  private func names(in kind: String) -> [String] {
    let folder = root.appendingPathComponent(kind, isDirectory: true)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }
}
