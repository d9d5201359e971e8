import AssayCore
import Foundation

/// How strong players are, from who beat whom.
///
/// The chance that player i beats player j is 1 / (1 + exp(θj − θi)). Strengths are those of the greatest
/// posterior density under a normal prior around 0, without which a player that won or lost everything
/// would have no finite strength; a wide prior gives the maximum likelihood. Intervals are from the
/// curvature there (Fisher's information and the prior's).
///
/// Limits: games count as independent, so several audits of one organism make intervals too narrow; with
/// few games the prior speaks as much as they do.
///
/// Source: Bradley and Terry, "Rank Analysis of Incomplete Block Designs" (1952); the penalised form,
/// Caron and Doucet, "Efficient Bayesian Inference for Generalized Bradley-Terry Models" (2012), section 1.
public struct BradleyTerry: Sendable {
  /// How often each of two players beat the other.
  public struct Pairing: Hashable, Sendable {
    /// Index of the first player.
    public var first: Int
    /// Index of the second.
    public var second: Int
    /// Games that the first won.
    public var firstWins: Double
    /// Games that the second won.
    public var secondWins: Double

    /// Makes a pairing.
    public init(_ first: Int, _ second: Int, firstWins: Double, secondWins: Double) {
      self.first = first
      self.second = second
      self.firstWins = firstWins
      self.secondWins = secondWins
    }
  }

  /// Points of Elo's scale for one unit of strength: 400 for odds of ten to one.
  public static let points = 400 / log(10.0)
  /// What a player of strength 0 has on Elo's scale.
  public static let middle = 1500.0
  /// The prior's standard deviation: 400 points, so that nearly all players lie within 1500 ± 800.
  public static let priorDeviation = log(10.0)

  /// The strength of each player, in logits.
  public let strengths: [Double]
  /// The covariance of the strengths, `[player][player]`.
  public let covariance: [[Double]]

  /// Fits `players` strengths to games; a player without games keeps the prior.
  ///
  /// `priorDeviation` must be positive and finite. Newton's method with halved steps; the objective has
  /// one minimum. Cost: O(players³) for each of about ten steps.
  public init(
    players: Int, _ pairings: [Pairing], priorDeviation: Double = BradleyTerry.priorDeviation
  ) {
    precondition(
      priorDeviation > 0 && priorDeviation.isFinite,
      "BradleyTerry: expected a positive prior deviation, got \(priorDeviation)")
    let precision = 1 / (priorDeviation * priorDeviation)
    var strengths = [Double](repeating: 0, count: players)
    var loss = Self.loss(strengths, pairings, precision)
    for _ in 0..<100 {
      let (gradient, curvature) = Self.derivatives(strengths, pairings, precision)
      guard let factor = CholeskyFactor(curvature) else { break }
      let step = factor.solve(gradient)
      var scale = 1.0
      var next = strengths
      var nextLoss = loss
      repeat {
        next = zip(strengths, step).map { $0 - scale * $1 }
        nextLoss = Self.loss(next, pairings, precision)
        scale /= 2
      } while nextLoss > loss && scale > 1e-9
      let moved = zip(next, strengths).map { abs($0 - $1) }.max() ?? 0
      guard nextLoss <= loss else { break }
      (strengths, loss) = (next, nextLoss)
      if moved < 1e-12 { break }
    }
    self.strengths = strengths
    let curvature = Self.derivatives(strengths, pairings, precision).curvature
    covariance = CholeskyFactor(curvature)?.inverse() ?? []
  }

  /// A player's rating in Elo points, with its 95 % interval.
  public func rating(_ player: Int) -> Interval {
    let centre = Self.middle + Self.points * strengths[player]
    let half = 1.96 * Self.points * covariance[player][player].squareRoot()
    return Interval(estimate: centre, low: centre - half, high: centre + half)
  }

  /// How much stronger one player is than another, in Elo points, with its 95 % interval.
  public func difference(_ first: Int, _ second: Int) -> Interval {
    let centre = Self.points * (strengths[first] - strengths[second])
    let variance =
      covariance[first][first] + covariance[second][second] - 2 * covariance[first][second]
    let half = 1.96 * Self.points * max(0, variance).squareRoot()
    return Interval(estimate: centre, low: centre - half, high: centre + half)
  }

  // MARK: The objective

  /// log(1 + exp(x)) without overflow.
  private static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  private static func loss(
    _ strengths: [Double], _ pairings: [Pairing], _ precision: Double
  ) -> Double {
    let prior = strengths.reduce(0) { $0 + precision / 2 * $1 * $1 }
    return pairings.reduce(prior) { sum, pairing in
      let gap = strengths[pairing.first] - strengths[pairing.second]
      return sum + pairing.firstWins * softplus(-gap) + pairing.secondWins * softplus(gap)
    }
  }

  private static func derivatives(
    _ strengths: [Double], _ pairings: [Pairing], _ precision: Double
  ) -> (gradient: [Double], curvature: [[Double]]) {
    var gradient = strengths.map { precision * $0 }
    var curvature = strengths.indices.map { row in
      strengths.indices.map { $0 == row ? precision : 0 }
    }
    for pairing in pairings {
      let (i, j) = (pairing.first, pairing.second)
      let chance = 1 / (1 + exp(strengths[j] - strengths[i]))
      let games = pairing.firstWins + pairing.secondWins
      let slope = games * chance - pairing.firstWins
      gradient[i] += slope
      gradient[j] -= slope
      let bend = games * chance * (1 - chance)
      curvature[i][i] += bend
      curvature[j][j] += bend
      curvature[i][j] -= bend
      curvature[j][i] -= bend
    }
    return (gradient, curvature)
  }
}
