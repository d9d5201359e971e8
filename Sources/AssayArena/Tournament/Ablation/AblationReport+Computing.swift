import AssayCore
import AssayStore
import Foundation

extension AblationReport {
  /// Computes the figures of an ablation; `without` holds the tournaments with its arms, `seed` is that of all
  /// resampling.
  init(
    _ full: TournamentData, without: [TournamentData], calls: ToolCalls, arms: AblationArms,
    seed: UInt64 = 1
  ) {
    let contestants = full.contestants.map { contestant in
      AblatedAuditor(
        contestant, arms: arms.arms, full: full, without: without, calls: calls, seed: seed)
    }
    auditors = contestants.sorted { Self.rank($0) > Self.rank($1) }
    tournament = full.plan.id
    self.without = without.map(\.plan.id)
    warnings = Self.warnings(full, without, arms, auditors)
    methods = Self.methods(seed: seed, hasPairs: arms.arms.contains { $0.tools.count > 1 })
  }

  private static func rank(_ auditor: AblatedAuditor) -> Double {
    auditor.bits.estimate.isFinite ? auditor.bits.estimate : -.infinity
  }

  private static func warnings(
    _ full: TournamentData, _ without: [TournamentData], _ arms: AblationArms,
    _ auditors: [AblatedAuditor]
  ) -> [String] {
    var warnings = full.plan.warnings
    for idle in arms.idle {
      warnings.append("\(idle) called no tool that could be taken away; it has no table of tools")
    }
    let failed = full.failed.count + without.reduce(0) { $0 + $1.failed.count }
    if failed > 0 {
      warnings.append("\(failed) matches have no result; organisms count where both sides have one")
    }
    let missing = auditors.flatMap { auditor in
      (auditor.tools + auditor.pairs.map(\.value)).filter { $0.flawed + $0.controls == 0 }
        .map { "\(auditor.contestant) without \($0.tools.joined(separator: " and "))" }
    }
    if !missing.isEmpty {
      warnings.append("no match has a result for: \(missing.joined(separator: "; "))")
    }
    let flawed = auditors.map(\.flawed).max() ?? 0
    let all = auditors.map { $0.flawed + $0.controls }.max() ?? 0
    if flawed > 0 {
      let (few, many) = (leastP(flawed), leastP(all))
      warnings.append(
        "with \(flawed) flawed organisms no p-value of a description score can be below \(few), with "
          + "\(all) in all none of the bits below \(many): such tables show where to look, not what is so"
      )
    }
    return warnings
  }

  /// The smallest p-value that sign flips of so many differences can have.
  private static func leastP(_ count: Int) -> String {
    String(format: "%.2g", pow(2, 1 - Double(count)))
  }

  private static func methods(seed: UInt64, hasPairs: Bool) -> [String] {
    [
      "Leave one out: what this auditor loses on these organisms when a tool alone is taken away and all "
        + "others stay, matches paired by organism and seed. It is not what the tool is worth alone, to another "
        + "auditor or against other attacks, nor what an auditor made without it would find.",
      "Two tools of which each finds what the other finds both come out near 0, although one of them is needed: "
        + (hasPairs
          ? "pairs show that. An interaction below 0 means substitutes, above 0 complements."
          : "--pairs shows that."),
      "An auditor whose probabilities were calibrated with every tool can be worse calibrated without one; that "
        + "is part of the bits lost, and of the Brier score.",
      "Description score: on flawed organisms. Bits: the logarithmic score of the stated probability on all of "
        + "them, probabilities held to \(AblationOutcome.leastProbability) and "
        + "\(1 - AblationOutcome.leastProbability). All are turned so that a positive difference speaks for the "
        + "tool.",
      "Tokens, operations and weight reads are counted; seconds are the clock's, and depend on what else the "
        + "machine did. An audit that weighs seconds can differ when repeated: 'changed' of a tool that was not "
        + "called shows how much.",
      "A value per cost is the ratio of the two means, shown for a tool where the interval of the cost lies above "
        + "0 on at least \(AblationFigures.leastForRatio) organisms.",
      "Intervals are 95 %, by a two-stage cluster bootstrap over organisms (2,000 resamples, seed \(seed)); where "
        + "all organisms agree, up to Wilson's bound of further ones may differ as far as the figure can. "
        + "P-values are by sign flips, each family of one auditor's tools (of its pairs, of interactions) adjusted "
        + "by Holm. Intervals are not adjusted: of twenty rows without any value one is expected to miss 0.",
    ]
  }
}
