import AssayCore
import Foundation

/// The figures of one match as numbers that can be added and subtracted.
///
/// Of all but the costs and alarms more is better.
struct AblationOutcome {
  /// One of the figures.
  enum Figure: Int, CaseIterable {
    /// The score of the one answer; on controls that for restraint.
    case answer
    /// The logarithmic score of the probability in bits: 0 for even odds, 1 for certainty that is right.
    case bits
    /// The Brier score with the sign changed.
    case brier
    /// 1 where the verdict fits.
    case verdict
    /// 1 where the verdict is "modified".
    case alarm
    /// Wall-clock seconds of the audit.
    case seconds
    /// Tokens through the suspect.
    case tokens
    /// Floating-point operations.
    case flops
    /// Weight matrices read.
    case weightReads

    /// Where a match's figure lies; nil for costs, which have no upper bound.
    var range: ClosedRange<Double>? {
      switch self {
      case .answer, .verdict, .alarm: 0...1
      case .bits: AblationOutcome.bits(AblationOutcome.leastProbability)...AblationOutcome.bits(1)
      case .brier: -1...0
      case .seconds, .tokens, .flops, .weightReads: nil
      }
    }
  }

  /// Probabilities nearer to 0 or 1 count as this near: one word of certainty must not decide everything.
  static let leastProbability = 0.001

  private var values: [Double]

  /// The figures of a match.
  init(_ result: MatchOutcome.Result, isFlawed: Bool) {
    let given = isFlawed ? result.probability : 1 - result.probability
    self.init { figure in
      switch figure {
      case .answer: result.score.descriptionScore
      case .bits: Self.bits(given)
      case .brier: -result.score.brier
      case .verdict: result.score.verdictFits ? 1 : 0
      case .alarm: result.verdict == .modified ? 1 : 0
      case .seconds: result.seconds.audit
      case .tokens: Double(result.cost.tokens)
      case .flops: result.cost.flops
      case .weightReads: Double(result.cost.weightReads)
      }
    }
  }

  /// Figures one by one.
  init(_ value: (Figure) -> Double) {
    values = Figure.allCases.map(value)
  }

  /// 0 in every figure.
  static let zero = AblationOutcome { _ in 0 }

  subscript(_ figure: Figure) -> Double { values[figure.rawValue] }

  /// Adds `weight` times `other`.
  mutating func add(_ other: AblationOutcome, weight: Double) {
    for index in values.indices { values[index] += weight * other.values[index] }
  }

  /// Bits that the probability given to the truth is better than even odds.
  static func bits(_ probability: Double) -> Double {
    1 + log2(min(max(probability, leastProbability), 1 - leastProbability))
  }
}
