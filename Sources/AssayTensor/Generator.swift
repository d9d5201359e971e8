import CTorch

/// A source of random numbers that gives the same numbers for the same seed, run to run.
///
/// Not safe to use from two tasks at once: give each task its own.
public final class Generator: @unchecked Sendable {
  let handle: OpaquePointer

  /// A generator that starts from `seed`.
  public init(seed: UInt64) {
    var made: atx_generator?
    guard atx_generator_new(seed, &made) == ATX_OK, let made else {
      tensorFailure("Generator", [])
    }
    handle = made
  }

  deinit { atx_generator_free(handle) }

  /// Starts over from `seed`.
  public func reset(seed: UInt64) {
    if atx_generator_seed(handle, seed) != ATX_OK { tensorFailure("Generator.reset", []) }
  }
}
