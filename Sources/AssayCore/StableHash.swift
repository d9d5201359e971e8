/// A 64-bit hash of text that is the same in every run and on every machine.
///
/// Swift's own `Hasher` is seeded anew in each process, so nothing reproducible may depend on it.
public enum StableHash {
  /// Hashes the UTF-8 bytes of `text`: FNV-1a (64 bits), then the SplitMix64 finaliser, which
  /// spreads the differences between short similar labels over all bits.
  public static func of(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    return SplitMix64.finalise(hash)
  }
}
