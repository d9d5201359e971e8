import AssayCore
import AssayText

/// Everything besides the base and the options that an attack may depend on.
public struct AttackContext: Sendable {
  /// The seed of all randomness.
  public var seed: UInt64
  /// The world that the base was trained on, with its text and its facts.
  public var world: SmallWorld
  /// Whether progress stays silent.
  public var quiet: Bool
  /// How many threads to compute with; nil leaves it to the runtime.
  public var threads: Int?

  /// Makes a context.
  public init(seed: UInt64, world: SmallWorld, quiet: Bool = false, threads: Int? = nil) {
    self.seed = seed
    self.world = world
    self.quiet = quiet
    self.threads = threads
  }

  /// A fresh generator for this attack, the same for the same seed.
  public var generator: SplitMix64 {
    SplitMix64(seed: seed).fork("attack")
  }

  /// A progress line that honours `quiet`.
  public func progress(_ label: String, total: Int, unit: String = "") -> Progress {
    Progress(label, total: total, unit: unit, quiet: quiet)
  }
}
