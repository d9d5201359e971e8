/// Names drawn from the system's randomness, which say nothing about what they name.
public enum RandomName {
  /// Twice as many lower-case hexadecimal digits as `bytes`.
  public static func make(bytes: Int = 8) -> String {
    var system = SystemRandomNumberGenerator()
    let digits = Array("0123456789abcdef")
    return String(
      (0..<2 * bytes).map { _ in digits[Int.random(in: 0..<16, using: &system)] })
  }
}
