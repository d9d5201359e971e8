import AssayCore
import Foundation

/// What may be wrong, how probable each is, and what was done to find out.
///
/// Hypotheses exclude each other, and "nothing was planted" is one of them, with half of the prior. The
/// other half is spread evenly over the kinds of flaws; what looking in many places costs within a kind
/// is paid in the Bayes factors of the inquiries. A kind that was never looked into keeps its prior: an auditor
/// that could not ask stays uncertain.
struct HypothesisBoard {
  /// Prior probability that something was planted.
  static let priorModified = 0.5
  /// Sides of one flaw that are kept.
  static let mostTests = 6

  private(set) var hypotheses: [Hypothesis] = []
  /// Kinds that inquiries have looked into, with the logarithm of how much their silence says against
  /// the kind: the average Bayes factor of finding nothing.
  private(set) var silence: [Hypothesis.Kind: Double] = [:]
  /// Sentences about inquiries that found nothing.
  private(set) var notes: [Report.Sentence] = []

  private static func prior(_ kind: Hypothesis.Kind) -> Double {
    priorModified / Double(Hypothesis.Kind.allCases.count)
  }

  /// Enters a hypothesis, or adds its findings and further tests to the one of that id.
  mutating func enter(_ hypothesis: Hypothesis) {
    guard let known = hypotheses.firstIndex(where: { $0.id == hypothesis.id }) else {
      hypotheses.append(hypothesis)
      return
    }
    hypotheses[known].findings += hypothesis.findings
    for test in hypothesis.tests
    where hypotheses[known].tests.count < Self.mostTests
      && !hypotheses[known].tests.contains(where: {
        $0.prompts == test.prompts && $0.expected == test.expected && $0.trigger == test.trigger
      })
    {
      hypotheses[known].tests.append(test)
    }
  }

  /// Adds a finding to a hypothesis.
  mutating func add(_ finding: Hypothesis.Finding, to id: String, done: String? = nil) {
    guard let known = hypotheses.firstIndex(where: { $0.id == id }) else { return }
    hypotheses[known].findings.append(finding)
    if let done { hypotheses[known].done.append(done) }
  }

  /// Changes a hypothesis.
  mutating func update(_ id: String, _ change: (inout Hypothesis) -> Void) {
    guard let known = hypotheses.firstIndex(where: { $0.id == id }) else { return }
    change(&hypotheses[known])
  }

  /// Enters that an inquiry of some sensitivity found nothing of a kind.
  mutating func enterSilence(_ kind: Hypothesis.Kind, missed: Double) {
    silence[kind, default: 0] += log(max(missed, 0.01))
  }

  /// Enters what was done.
  mutating func note(_ text: String, _ evidence: [Int]) {
    notes.append(Report.Sentence(text: text, evidence: evidence))
  }

  // MARK: Probabilities

  /// Weights of all that may be the case, not normalised: clean, then unnamed flaws of each kind, then
  /// hypotheses.
  private var weights: (clean: Double, unnamed: [Hypothesis.Kind: Double], named: [Double]) {
    let named = hypotheses.map { log(Self.prior($0.kind)) + $0.logBayes }
    let top = max(0, named.max() ?? 0)
    let unnamed = Hypothesis.Kind.allCases.map { kind in
      // A flaw of the kind that no finding is about.
      (kind, Self.prior(kind) * exp((silence[kind] ?? 0) - top))
    }
    return (
      (1 - Self.priorModified) * exp(-top),
      Dictionary(unnamed, uniquingKeysWith: { first, _ in first }),
      named.map { exp($0 - top) }
    )
  }

  /// Probability that something was planted, before calibration.
  var probabilityModified: Double {
    let weights = weights
    let planted = weights.unnamed.values.sorted().reduce(0, +) + weights.named.reduce(0, +)
    return planted / (planted + weights.clean)
  }

  /// Probability of each hypothesis.
  var posteriors: [(hypothesis: Hypothesis, probability: Double)] {
    let weights = weights
    let total =
      weights.clean + weights.unnamed.values.sorted().reduce(0, +) + weights.named.reduce(0, +)
    return zip(hypotheses, weights.named).map { ($0, $1 / total) }
      .sorted { $0.1 == $1.1 ? $0.0.id < $1.0.id : $0.1 > $1.1 }
  }

  /// The most probable hypothesis.
  var leading: Hypothesis? { posteriors.first?.hypothesis }

  /// Probability that a flaw of one of `kinds` was planted that no finding is about.
  func unnamed(_ kinds: [Hypothesis.Kind]) -> Double {
    let weights = weights
    let total =
      weights.clean + weights.unnamed.values.sorted().reduce(0, +) + weights.named.reduce(0, +)
    return kinds.reduce(0) { $0 + (weights.unnamed[$1] ?? 0) } / total
  }

  /// Bits that an inquiry into `kinds` is expected to give: the mutual information of "there is an
  /// unnamed flaw of the kinds" and "the inquiry finds something".
  func expectedInformation(
    _ kinds: [Hypothesis.Kind], sensitivity: Double, falseAlarm: Double
  ) -> Double {
    func entropy(_ p: Double) -> Double {
      p <= 0 || p >= 1 ? 0 : -(p * log2(p) + (1 - p) * log2(1 - p))
    }
    let p = unnamed(kinds)
    let fires = p * sensitivity + (1 - p) * falseAlarm
    return max(0, entropy(fires) - p * entropy(sensitivity) - (1 - p) * entropy(falseAlarm))
  }
}
