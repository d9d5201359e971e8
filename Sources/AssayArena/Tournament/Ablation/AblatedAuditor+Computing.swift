import AssayCore

extension AblatedAuditor {
  /// Computes the figures of one contestant and of its arms.
  init(
    _ contestant: TournamentData.Contestant, arms: [AblationArm], full: TournamentData,
    without: [TournamentData], calls: ToolCalls, seed: UInt64
  ) {
    let organisms = full.plan.organisms
    let entries = full.entries[contestant] ?? []
    let all = Self.audits(entries)
    let own = AblationFigures([.init(1, all)], organisms, seed: seed)
    self.contestant = contestant.label
    auditor = contestant.auditor
    rules = contestant.rules
    flawed = own.count(.flawed)
    controls = own.count(.controls)
    description = own.mean(.answer, .flawed)
    bits = own.mean(.bits)
    brier = AblationFigures([.init(-1, all)], organisms, seed: seed).mean(.brier)
    verdict = own.mean(.verdict)
    found = own.mean(.alarm, .flawed)
    falseAlarms = own.mean(.alarm, .controls)
    cost = AblationCost(own)

    let arms = arms.filter {
      $0.auditor == contestant.auditor && $0.rules == contestant.rules
    }
    var played: [[String]: [AblationFigures.Audit: AblationOutcome]] = [:]
    for arm in arms {
      let own = without.compactMap { data in
        data.entries.first { $0.key.auditor == arm.auditor && $0.key.rules == arm.ownRules }?.value
      }
      played[arm.tools] = Self.audits(own.first ?? [])
    }
    let values = arms.map { arm in
      AblationValue(
        arm.tools, contestant, with: all, without: played[arm.tools] ?? [:], organisms, calls,
        seed: seed)
    }
    tools = Self.adjusted(values.filter { $0.tools.count == 1 })
      .sorted { Self.rank($0.bits) > Self.rank($1.bits) }
    let both = Self.adjusted(values.filter { $0.tools.count == 2 })
    let interactions = Self.adjusted(
      both.map { value in
        AblationPair.Interaction(
          AblationFigures(
            [
              .init(1, all), .init(-1, played[[value.tools[0]]] ?? [:]),
              .init(-1, played[[value.tools[1]]] ?? [:]), .init(1, played[value.tools] ?? [:]),
            ], organisms, seed: seed))
      })
    pairs = zip(both, interactions).map { AblationPair(value: $0, interaction: $1) }
      .sorted { Self.rank($0.interaction.bits) < Self.rank($1.interaction.bits) }
  }

  private static func rank(_ difference: PairedComparison.Difference) -> Double {
    difference.mean.estimate.isFinite ? difference.mean.estimate : 0
  }

  private static func audits(
    _ entries: [TournamentData.Entry]
  ) -> [AblationFigures.Audit: AblationOutcome] {
    Dictionary(
      entries.map { entry in
        (
          AblationFigures.Audit(organism: entry.organism.slot, round: entry.match.round),
          AblationOutcome(entry.result, isFlawed: entry.isFlawed)
        )
      }, uniquingKeysWith: { $1 })
  }

  // MARK: Several p-values

  private static func adjusted(_ values: [AblationValue]) -> [AblationValue] {
    var values = values
    adjust(&values, [\.description, \.bits, \.brier, \.verdict])
    return values
  }

  private static func adjusted(
    _ values: [AblationPair.Interaction]
  ) -> [AblationPair.Interaction] {
    var values = values
    adjust(&values, [\.description, \.bits, \.brier, \.verdict])
    return values
  }

  /// Each figure's p-values adjusted for how many rows there are.
  private static func adjust<Row>(
    _ rows: inout [Row], _ figures: [WritableKeyPath<Row, PairedComparison.Difference>]
  ) {
    for figure in figures {
      let adjusted = HolmAdjustment.adjust(rows.map { $0[keyPath: figure].p })
      for index in rows.indices { rows[index][keyPath: figure].adjusted = adjusted[index] }
    }
  }
}

extension AblationValue {
  /// Compares audits `with` every tool to those `without` some.
  init(
    _ tools: [String], _ contestant: TournamentData.Contestant,
    with all: [AblationFigures.Audit: AblationOutcome],
    without arm: [AblationFigures.Audit: AblationOutcome],
    _ organisms: [TournamentPlan.Organism], _ calls: ToolCalls, seed: UInt64
  ) {
    let figures = AblationFigures([.init(1, all), .init(-1, arm)], organisms, seed: seed)
    let controls = Set(organisms.filter(\.isControl).map(\.slot))
    func alarms(onControls: Bool) -> Alarms {
      let audits = figures.audits.filter { controls.contains($0.organism) == onControls }
      return Alarms(
        with: audits.count { all[$0]?[.alarm] == 1 },
        without: audits.count { arm[$0]?[.alarm] == 1 }, audits: audits.count)
    }
    self.tools = tools
    flawed = figures.count(.flawed)
    self.controls = figures.count(.controls)
    let compared = Set(figures.audits.map(\.organism))
    calledOn = calls.organisms(contestant, tools).intersection(compared).count
    self.calls = calls.total(contestant, tools)
    changed = figures.changed
    description = figures.difference(.answer, .flawed)
    bits = figures.difference(.bits)
    brier = figures.difference(.brier)
    verdict = figures.difference(.verdict)
    found = alarms(onControls: false)
    falseAlarms = alarms(onControls: true)
    falseAlarmsAvoided = AblationFigures([.init(-1, all), .init(1, arm)], organisms, seed: seed)
      .mean(.alarm, .controls)
    cost = AblationCost(figures)
  }
}

extension AblationPair.Interaction {
  /// Reads the interaction off the second difference of four arms.
  init(_ figures: AblationFigures) {
    organisms = figures.count()
    description = figures.difference(.answer, .flawed)
    bits = figures.difference(.bits)
    brier = figures.difference(.brier)
    verdict = figures.difference(.verdict)
  }
}
