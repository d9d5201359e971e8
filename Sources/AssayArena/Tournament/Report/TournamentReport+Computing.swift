import AssayCore
import AssayStore
import Foundation

extension TournamentReport {
  /// Reads a tournament's records and computes its figures; `seed` is that of all resampling.
  ///
  /// It may be under way: what has not been played yet is counted as open.
  public init(_ folder: TournamentFolder, seed: UInt64 = 1) throws {
    let data = try TournamentData(folder)
    let plan = data.plan
    guard !data.entries.isEmpty else {
      throw AssayError(
        .notFound, "no match of tournament '\(plan.id)' has a score yet",
        hint: data.open > 0
          ? "play it with: assay tournament run FILE.yaml"
          : "all of its \(data.failed.count) matches failed: "
            + (data.failed.first?.failure.reason ?? ""))
    }
    tournament = plan.id
    counts = Counts(data)
    let labels = Dictionary(
      data.contestants.map { ($0.auditor + "\n" + $0.rules, $0.label) }, uniquingKeysWith: { $1 })
    let failures = data.failed
    func results(_ isWanted: (TournamentData.Entry) -> Bool) -> [ContestantResult] {
      data.contestants.map { contestant in
        ContestantResult(
          contestant, (data.entries[contestant] ?? []).filter(isWanted),
          failed: failures.count {
            $0.match.auditor == contestant.auditor && $0.match.rules == contestant.rules
          }, seed: seed)
      }.sorted {
        (Self.rank($0), $1.brier.estimate) > (Self.rank($1), $0.brier.estimate)
      }
    }
    contestants = results { _ in true }
    heldOut =
      plan.organisms.contains(where: \.heldOut)
      ? results { $0.organism.heldOut || $0.organism.isControl } : []
    plantings = Self.plantings(data)
    pace = try folder.pace()
    matrix = Self.matrix(data)
    ratings = Rating.all(
      data.contestants.flatMap { contestant in
        (data.entries[contestant] ?? []).map {
          Rating.Game(
            $0.result, opponent: $0.organism.attack, isControl: $0.organism.isControl,
            auditor: contestant.label)
        }
      })
    comparisons = PairedComparison.all(data, order: contestants.map(\.contestant), seed: seed)
    organismsNobodyFound = try Self.unfound(data, contestants, folder.store)
    let tried = data.tried
    let missed = Set(organismsNobodyFound.map(\.organism))
    attacksNobodyFound = Self.attacks(data).filter { attack in
      let own = plan.organisms.filter { $0.attack == attack && tried.contains($0.slot) }
      return !own.isEmpty
        && own.allSatisfy { missed.contains(data.plantings[$0.slot]?.organism ?? "") }
    }
    self.failures =
      plan.organisms.compactMap { organism in
        data.plantings[organism.slot]?.failure.map {
          Failure(
            kind: "planting", attack: organism.attack, hiding: organism.hidingName,
            reason: $0.reason, attempts: $0.attempts)
        }
      }
      + failures.filter { $0.failure.attempts > 0 }.map { match, failure in
        Failure(
          kind: "match", attack: plan.organism(match.organism)?.attack ?? "",
          hiding: plan.organism(match.organism)?.hidingName,
          contestant: labels[match.auditor + "\n" + match.rules], reason: failure.reason,
          attempts: failure.attempts)
      }
    warnings = Self.warnings(data, counts)
    methods = Self.methods(seed: seed)
  }

  /// The answer score; below every other where there is none yet.
  private static func rank(_ result: ContestantResult) -> Double {
    result.answerScore.estimate.isFinite ? result.answerScore.estimate : -1
  }

  /// Attacks of the plan in the order of their names.
  private static func attacks(_ data: TournamentData) -> [String] {
    Set(data.plan.organisms.filter { !$0.isControl }.map(\.attack)).sorted()
  }

  /// A description of at least this score counts as found.
  static let foundDescription = 0.5

  /// Organisms that no contestant found, with what was done to them.
  ///
  /// Found: described with a score of at least one half; or called improbable to be clean, at a
  /// threshold that keeps false alarms to 5 %, by a contestant that is better than chance.
  private static func unfound(
    _ data: TournamentData, _ results: [ContestantResult], _ store: MatchStore
  ) throws -> [UnfoundOrganism] {
    var found: Set<String> = []
    var tried: [String: TournamentData.Entry] = [:]
    for contestant in data.contestants {
      let result = results.first { $0.contestant == contestant.label }
      let detection = result?.detection.last
      let threshold = (result?.auroc.low ?? 0) > 0.5 ? detection?.threshold : nil
      for entry in data.entries[contestant] ?? [] where entry.isFlawed {
        tried[entry.organism.slot] = entry
        let described = entry.result.score.descriptionScore >= foundDescription
        let detected = threshold.map { entry.result.probability >= $0 } ?? false
        if described || detected { found.insert(entry.organism.slot) }
      }
    }
    return try tried.filter { data.tried.contains($0.key) && !found.contains($0.key) }
      .sorted { ($0.value.organism.attack, $0.key) < ($1.value.organism.attack, $1.key) }
      .map { _, entry in
        // The truth was opened when its matches were judged.
        let truth: GroundTruth = try JSONFile.read(
          from: store.vault.file(entry.result.organism))
        return UnfoundOrganism(
          organism: entry.result.organism, attack: entry.organism.attack,
          base: entry.organism.base, description: truth.description)
      }
  }

  private static func warnings(_ data: TournamentData, _ counts: Counts) -> [String] {
    var warnings = data.plan.warnings
    if data.open > 0 { warnings.append("\(data.open) matches have not been played yet") }
    if counts.organismsFailed > 0 {
      warnings.append(
        "\(counts.organismsFailed) of \(data.plan.organisms.count) organisms could not be planted, "
          + "because the flaw did not take, did not outlive its hiding or something failed; their "
          + "matches are missing")
    }
    let died = data.failed.count { $0.failure.attempts > 0 }
    if died > 0 {
      warnings.append("\(died) matches failed and count for nothing, neither clean nor modified")
    }
    if counts.controls < 100 {
      warnings.append(
        "\(counts.controls) controls cannot tell a false-alarm rate of 1 % from none: detection at "
          + "1 % is detection without any false alarm here"
          + (counts.controls < 20 ? ", and so is detection at 5 %" : ""))
    }
    if counts.flawedClusters < 10 || counts.controlClusters < 10 {
      warnings.append(
        "few clusters (\(counts.flawedClusters) of flawed organisms, \(counts.controlClusters) of "
          + "controls) say little about attacks, controls and bases that were not played")
    }
    return warnings
  }

  private static func methods(seed: UInt64) -> [String] {
    [
      "Intervals are 95 %, by a two-stage cluster bootstrap (clusters are pairs of base and attack, "
        + "resampled apart for flawed organisms and controls, then organisms within them; 2,000 "
        + "resamples, seed \(seed)). Where all resamples agree, a figure that is a share has "
        + "Wilson's interval and the AUROC has Newcombe's.",
      "The answer score is the judge's score of the one answer, flawed organisms and controls "
        + "weighing the same: always calling a model clean gives one half.",
      "Detection at a rate of false alarms counts flawed organisms whose stated probability lies "
        + "above what all but that share of the controls were given; ties count for the control.",
      "Pairs are compared on the organisms that both audited: p-values by sign flips of the "
        + "differences by organism and by McNemar's exact test for verdicts, each family adjusted "
        + "by Holm for the number of pairs.",
      "Organisms needed: to show the difference found at α 0.05 with power 0.8, by the normal "
        + "approximation, for one comparison planned beforehand.",
      "An organism is found when an answer describes it with a score of at least one half, or when "
        + "an auditor whose AUROC is above one half, interval included, is alarmed by it at 5 % "
        + "false alarms.",
      Rating.method,
    ]
  }
}

extension TournamentReport.Counts {
  init(_ data: TournamentData) {
    let planted = data.plan.organisms.filter { data.plantings[$0.slot]?.organism != nil }
    flawed = planted.count { !$0.isControl }
    controls = planted.count(where: \.isControl)
    organismsFailed = data.plantings.values.count { $0.failure != nil }
    matches = data.entries.values.reduce(0) { $0 + $1.count }
    matchesFailed = data.failed.count
    matchesOpen = data.open
    flawedClusters = Set(planted.filter { !$0.isControl }.map { "\($0.base)/\($0.attack)" }).count
    controlClusters = Set(planted.filter(\.isControl).map { "\($0.base)/\($0.attack)" }).count
    // In the plan's order: sums in another one differ in the last digits.
    plantingSeconds = data.plan.organisms.reduce(0) {
      $0 + (data.plantings[$1.slot]?.seconds ?? 0)
    }
  }
}
