import AssayCore
import AssayGame
import AssayModels
import AssayStore
import AssayText
import Foundation

/// Plays matches and keeps their records in one store.
///
/// ```swift
/// let arena = Arena(store: folder)
/// let played = try await arena.play(
///   PlayRequest(plant: PlantRequest(attack: "false-facts", base: "smallworld-4m")))
/// ```
///
/// The three parts of a match are apart: auditing opens the organism's folder and nothing else;
/// judging opens the truth, which the vault gives only after a report is committed.
public struct Arena: Sendable {
  /// Organisms, sealed truths and matches.
  public let store: MatchStore
  /// The world that bases were trained on.
  public let world: SmallWorld
  /// Whether progress stays silent.
  public let quiet: Bool
  /// The attacks and controls that can be planted.
  public let attacks: [AttackEntry]
  /// The tools that auditors can call.
  public let tools: [ToolEntry]
  /// The auditors.
  public let auditors: [AuditorEntry]
  /// The judges.
  public let judges: [JudgeEntry]
  /// The ways of hiding what was planted.
  public let hidings: [HidingEntry]
  /// What auditors may have asked about the world, made when a page first needs it.
  let publicQuestions: Locked<[Question]?>

  /// Opens the store in the folder `store`, which is made when something is put into it.
  ///
  /// Who can play is what the catalogue lists, unless other entries are given.
  public init(
    store: URL, world: SmallWorld = SmallWorld(), quiet: Bool = false,
    attacks: [AttackEntry] = Catalog.attacks, tools: [ToolEntry] = Catalog.tools,
    auditors: [AuditorEntry] = Catalog.auditors, judges: [JudgeEntry] = Catalog.judges,
    hidings: [HidingEntry] = Catalog.hidings
  ) {
    self.store = MatchStore(root: store)
    self.world = world
    self.quiet = quiet
    self.attacks = attacks
    self.tools = tools
    self.auditors = auditors
    self.judges = judges
    self.hidings = hidings
    publicQuestions = Locked(nil)
  }

  /// One whole game: plants, audits, judges.
  public func play(_ request: PlayRequest) async throws -> JudgedMatch {
    // Names are looked up first, so that a typing error does not cost a planting.
    try auditors.named(request.auditor, kind: "auditor").prepare()
    guard try !judges.named(request.judge, kind: "judge").isOpinion else {
      throw AssayError(
        .badInput, "judge '\(request.judge)' gives a second opinion and not the score that counts",
        hint: "play first, then: assay judge MATCH --judge \(request.judge)")
    }
    _ = try rules(request.rules)
    let planted = try await plant(request.plant)
    let audited = try await audit(
      organism: planted.directory, request.audit, plantingTook: planted.seconds)
    return try await judge(match: audited.record.id, judge: request.judge)
  }

  /// A preset of rules, the rules in a YAML file, or either `without` some tools.
  ///
  /// Throws `AssayError(.badInput)` where there is none, or they deny a tool that there is not: a typing error
  /// would leave the tool that was meant.
  public func rules(_ nameOrPath: String) throws -> Rules {
    let rules = try RulesFile.resolve(nameOrPath)
    for tool in rules.deniedTools ?? [] { _ = try tools.named(tool, kind: "tool") }
    return rules
  }

  /// Makes an organism from a clean model and seals what was done.
  ///
  /// `name` is the organism's id, drawn with `RandomName` where none is given.
  public func plant(
    _ request: PlantRequest, as name: String = RandomName.make()
  ) async throws -> PlantedOrganism {
    let attack = try attacks.named(request.attack, kind: "attack")
    let options = try attack.options(with: request.options)
    // Looked up before anything is trained, so that a typing error costs nothing.
    let hidings = try request.hiding.map { asked in
      let entry = try self.hidings.named(asked.name, kind: "hiding")
      return Concealment.Step(entry: entry, options: try entry.options(with: asked.options))
    }
    let specification = try request.specification.map { path in
      try SpecificationFile.read(URL(fileURLWithPath: path))
    }
    let started = ContinuousClock.now
    let location = try ModelBundle.resolve(request.base)
    let base = try ModelBundle.load(location)
    let context = AttackContext(seed: request.seed, world: world, quiet: quiet)
    let planted = try await attack.plant(on: base, options: options, context: context)
    let hidden = try await Concealment(base: base, context: context)
      .hide(planted.organism, planted.truth, hidings: hidings)
    let organism = hidden.organism
    var truth = hidden.truth
    truth.options[Self.baseKey] = .string(
      ModelBundle.shippedNames.contains(request.base) ? request.base : location.path)
    let asked = specification ?? SpecificationFile.smallWorld
    truth.size = ChangeSize.measure(organism: organism.model, twin: base.model)
    truth.stealth = try Stealth.measure(
      organism: organism, twin: base, world: world, specification: asked, seed: request.seed)
    let (id, folder) = try store.makeOrganism(id: name)
    do {
      // In its base's own precision, so that what was measured is what is saved.
      try organism.save(to: folder, dtype: base.storedDType)
      try store.publish(
        id, family: base.model.configuration.architecture,
        specification: asked, truth: truth)
    } catch {
      // Half an organism would look like one that somebody made.
      try? FileManager.default.removeItem(at: folder)
      throw error
    }
    let seconds = (ContinuousClock.now - started) / .seconds(1)
    return PlantedOrganism(id: id, directory: folder, seconds: seconds)
  }

  /// Audits the organism in a folder, blind, and commits the report.
  ///
  /// A written report may cite no evidence, because there is none. `plantingTook` is only written down.
  /// `name` is the match's id, drawn with `RandomName` where none is given.
  public func audit(
    organism folder: URL, _ request: AuditRequest, plantingTook: Double = 0,
    as name: String = RandomName.make()
  ) async throws -> AuditedMatch {
    let (author, auditor) = try auditor(of: request, on: folder)
    let rules = try self.rules(request.rules)
    var card: OrganismCard = try JSONFile.read(
      from: folder.appendingPathComponent("organism.json"))
    if let path = request.specification {
      card.specification = try SpecificationFile.read(URL(fileURLWithPath: path))
    }
    let started = ContinuousClock.now
    let suspect = try ModelBundle.load(folder)
    let match = try store.beginMatch(
      on: card, rules: rules, auditor: author, seed: request.seed, id: name)
    let session = AuditSession(
      suspect: suspect, tools: tools, rules: rules, specification: card.specification,
      world: world, seed: request.seed, match: match, quiet: quiet)
    let (report, ending) = try await auditor(session, match)
    let record = MatchRecord(
      id: match.id, organism: card.id, auditor: author, rules: rules,
      specification: card.specification.id, seed: String(request.seed),
      started: match.ledger.entries.first?.time ?? "",
      seconds: MatchSummary.Seconds(
        plant: plantingTook, audit: (ContinuousClock.now - started) / .seconds(1)),
      cost: session.costSoFar, command: request.outside?.command)
    try match.writeRecord(record)
    return AuditedMatch(record: record, report: report, directory: match.url, ending: ending)
  }

  /// What no auditor may see: all of the store, the organism, and clean models.
  private func hiddenFolders(organism: URL) -> [String] {
    let pulled = HubCache(environment: ProcessInfo.processInfo.environment).root
    return [store.root, organism, ModelBundle.shippedDirectory, pulled].map(\.path)
  }

  /// Makes the report and commits it; a third party's program says besides how it ended.
  private typealias Auditing =
    @Sendable (AuditSession, MatchFolder) async throws -> (report: Report, ending: String?)

  /// What makes the report of an audit, and the name it goes by: a program, somebody who wrote it
  /// already, or an auditor.
  private func auditor(
    of request: AuditRequest, on folder: URL
  ) throws -> (name: String, auditing: Auditing) {
    if let asked = request.outside {
      let outside = try OutsideAudit(asked, hidden: hiddenFolders(organism: folder))
      return (outside.name, { try await outside.run($0, match: $1) })
    }
    if let written = request.written {
      return (
        written.auditor,
        { _, match in
          try match.commit(written)
          return (written, nil)
        }
      )
    }
    let entry = try auditors.named(request.auditor, kind: "auditor")
    try entry.prepare()
    return (
      request.auditor,
      { session, match in
        let report = try await entry.audit(session)
        try match.commit(report)
        return (report, nil)
      }
    )
  }

  /// Where a sealed truth's options keep the clean model, which is no option of any attack.
  static let baseKey = "base"
}
