import AssayCore
import AssayGame
import AssayModels
import AssayStore
import AssayText
import Foundation

/// A match in a folder of its own, to audit and judge in without planting.
public struct TemporaryMatch: Sendable {
  /// The store that holds nothing but this match.
  public let store: MatchStore
  /// The match.
  public let match: MatchFolder
  /// The session on the suspect.
  public let session: AuditSession

  /// Starts a match on `bundle` in the folder `root`, which the caller removes.
  ///
  /// It knows few documents of forbidden sources, so that a test does not wait for them.
  public init(
    in root: URL, suspect bundle: ModelBundle, tools: [ToolEntry], rules: Rules = .open,
    world: SmallWorld = SmallWorld(), seed: UInt64 = 1, truth: GroundTruth? = nil
  ) throws {
    store = MatchStore(root: root)
    let (id, _) = try store.makeOrganism()
    let card = try store.publish(
      id, family: "test", specification: SpecificationFile.smallWorld,
      truth: truth
        ?? GroundTruth(
          attack: "none", options: .null, isModified: false, description: "nothing was planted",
          seed: seed))
    match = try store.beginMatch(on: card, rules: rules, auditor: "test", seed: seed)
    session = AuditSession(
      suspect: bundle, tools: tools, rules: rules, world: world, seed: seed, match: match,
      knownDocuments: 16)
  }
}
