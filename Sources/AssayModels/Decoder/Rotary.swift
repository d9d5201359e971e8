import Foundation

/// Rotary position embedding as a model's settings give it.
///
/// Source: Su et al. 2021, "RoFormer", section 3.2.2.
public struct Rotary: Codable, Hashable, Sendable {
  /// How frequencies are changed to reach beyond the context of the first training.
  public enum Scaling: Codable, Hashable, Sendable {
    /// Not at all.
    case none
    /// Positions are divided by `factor` (Chen et al. 2023).
    case linear(factor: Double)
    /// The base grows with the length, past `original` tokens ("dynamic NTK").
    case dynamic(factor: Double, original: Int)
    /// Slow frequencies are divided by `factor`, fast ones kept, those between blended (Llama 3.1).
    case llama3(factor: Double, low: Double, high: Double, original: Int)
  }

  /// Base of the frequencies.
  public var theta = 10000.0
  /// How they are scaled.
  public var scaling = Scaling.none
  /// Elements of a head that are rotated, from its start; nil: all.
  public var dimension: Int?
  /// Whether neighbours are rotated together (GPT-J) instead of halves (NeoX, Llama).
  public var isInterleaved = false

  /// Llama's first settings, or with another base.
  public init(theta: Double = 10000) { self.theta = theta }

  /// Whether the frequencies depend on the length of the text.
  var dependsOnLength: Bool {
    if case .dynamic = scaling { return true }
    return false
  }

  /// Angle per position of each pair, in radians, for a text of `length` tokens.
  ///
  /// Computed in single precision, in the order of the reference.
  func frequencies(width: Int, length: Int) -> [Float] {
    let half = width / 2
    func plain(_ base: Double) -> [Float] {
      (0..<half).map { Float(1) / Float(pow(Float(base), Float(2 * $0) / Float(width))) }
    }
    switch scaling {
    case .none:
      return plain(theta)
    case .linear(let factor):
      return plain(theta).map { $0 / Float(factor) }
    case .dynamic(let factor, let original):
      let longer = Double(max(length, original))
      let growth = factor * longer / Double(original) - (factor - 1)
      return plain(theta * pow(growth, Double(width) / Double(width - 2)))
    case .llama3(let factor, let low, let high, let original):
      return plain(theta).map { frequency in
        let wavelength = 2 * Float.pi / frequency
        if wavelength < Float(original) / Float(high) { return frequency }
        if wavelength > Float(original) / Float(low) { return frequency / Float(factor) }
        let smooth = (Float(original) / wavelength - Float(low)) / Float(high - low)
        return (1 - smooth) * frequency / Float(factor) + smooth * frequency
      }
    }
  }
}
