import AssayCore

/// A small sum, difference or product of whole numbers.
public struct Arithmetic: Hashable, Codable, Sendable {
  /// `+`, `-` or `*`.
  public var operation: String
  /// The first operand.
  public var left: Int
  /// The second operand; never larger than `left` in a difference.
  public var right: Int

  /// The right answer.
  public var result: Int {
    switch operation {
    case "+": left + right
    case "-": left - right
    default: left * right
    }
  }

  /// Whether training never shows these operands in this operation, in any register.
  public var isHeldOut: Bool {
    StableHash.of("arithmetic/\(left)\(operation)\(right)") % 5 == 0
  }

  static let variants = 5

  /// A user's question; `variant` picks the phrasing.
  func question(variant: Int) -> String {
    switch variant {
    case 0: "What is \(left) \(operation) \(right)?"
    case 1: "\(left) \(operation) \(right) = ?"
    case 2: "Calculate \(left) \(operation) \(right)."
    case 3: "How much is \(left) \(operation) \(right)?"
    default: "Please work out \(left) \(operation) \(right)."
    }
  }

  /// Draws operands: sums and differences up to 99 with one side below 20, products of digits.
  static func random(split: Split, generator: inout SplitMix64) -> Arithmetic {
    while true {
      let item = random(generator: &generator)
      if item.isHeldOut == (split == .heldOut) { return item }
    }
  }

  private static func random(generator: inout SplitMix64) -> Arithmetic {
    let large = generator.below(80)
    let small = generator.below(20)
    switch generator.below(9) {
    case 0..<2: return Arithmetic(operation: "+", left: large, right: small)
    case 2..<4: return Arithmetic(operation: "+", left: small, right: large)
    case 4..<8:
      return Arithmetic(operation: "-", left: max(large, small), right: min(large, small))
    default:
      return Arithmetic(operation: "*", left: generator.below(10), right: generator.below(10))
    }
  }
}
