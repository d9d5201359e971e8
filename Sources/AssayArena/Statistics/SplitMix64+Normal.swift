import AssayCore
import Foundation

extension SplitMix64 {
  /// A standard normal number.
  ///
  /// Source: Box and Muller, "A Note on the Generation of Random Normal Deviates" (1958).
  mutating func normal() -> Double {
    // 1 − u lies in (0, 1], of which there is a logarithm.
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * Double.pi * unit())
  }
}
