import Foundation

/// The most that an auditor may spend; nil means without limit.
public struct Budgets: Codable, Hashable, Sendable {
  /// Tokens through the suspect, over all calls.
  public var tokens: Int?
  /// Tokens that own baselines are trained on.
  public var trainingTokens: Int?
  /// Floating-point operations of all passes, those of own baselines included.
  public var flops: Double?
  /// Seconds inside tools, over all calls.
  public var seconds: Double?
  /// Number of weight matrices read.
  public var weightReads: Int?
  /// Number of tool calls.
  public var calls: Int?

  /// Makes budgets; without arguments there is no limit.
  public init(
    tokens: Int? = nil, trainingTokens: Int? = nil, flops: Double? = nil, seconds: Double? = nil,
    weightReads: Int? = nil, calls: Int? = nil
  ) {
    self.tokens = tokens
    self.trainingTokens = trainingTokens
    self.flops = flops
    self.seconds = seconds
    self.weightReads = weightReads
    self.calls = calls
  }

  /// Whether anything is limited.
  public var isLimited: Bool { self != Budgets() }

  /// What of the budgets `cost` has used up, in words ("40 of 40 calls"); nil while all last.
  ///
  /// Tokens for training are left out: they end training, not an audit.
  public func exhausted(by cost: Cost) -> String? {
    lines(cost).first { $0.name != Self.training && $0.spent >= $0.limit }.map(\.words)
  }

  /// What `cost` is more than the budgets allow, in words; nil where it keeps to them.
  public func exceeded(by cost: Cost) -> String? {
    lines(cost).first { $0.spent > $0.limit }.map(\.words)
  }

  /// How many times what is left after `spent` pays for `cost`: infinite where nothing of it is limited.
  public func times(_ cost: Cost, after spent: Cost) -> Double {
    zip(lines(spent), lines(cost)).reduce(.infinity) { times, pair in
      guard pair.1.spent > 0 else { return times }
      return min(times, max(0, pair.0.limit - pair.0.spent) / pair.1.spent)
    }
  }

  /// The budgets that keep to both: the lesser of each.
  public func combined(with other: Budgets) -> Budgets {
    func lesser<Number: Comparable>(_ key: KeyPath<Budgets, Number?>) -> Number? {
      [self[keyPath: key], other[keyPath: key]].compactMap { $0 }.min()
    }
    return Budgets(
      tokens: lesser(\.tokens), trainingTokens: lesser(\.trainingTokens), flops: lesser(\.flops),
      seconds: lesser(\.seconds), weightReads: lesser(\.weightReads), calls: lesser(\.calls))
  }

  private static let training = "training tokens"

  private struct Line {
    var name: String
    var spent: Double
    var limit: Double

    var words: String { "\(Self.text(spent)) of \(Self.text(limit)) \(name)" }

    private static func text(_ value: Double) -> String {
      if value >= 1e9 { return String(format: "%.3g", value) }
      return value == value.rounded()
        ? String(format: "%.0f", value) : String(format: "%.1f", value)
    }
  }

  /// What is limited, with what `cost` takes of it; always in the same order.
  private func lines(_ cost: Cost) -> [Line] {
    let all: [(String, Double, Double?)] = [
      ("calls", Double(cost.calls), calls.map(Double.init)),
      ("tokens", Double(cost.tokens), tokens.map(Double.init)),
      (Self.training, Double(cost.trainingTokens), trainingTokens.map(Double.init)),
      ("FLOPs", cost.flops, flops), ("seconds", cost.seconds, seconds),
      ("weight reads", Double(cost.weightReads), weightReads.map(Double.init)),
    ]
    return all.compactMap { name, spent, limit in
      limit.map { Line(name: name, spent: spent, limit: $0) }
    }
  }
}
