import AssayCore

/// Counts the passes that are made while it is the current one: tokens, operations, whose they are.
///
/// ```swift
/// let meter = PassMeter()
/// try PassMeter.$current.withValue(meter) { try generator.generate(prompts: prompts) }
/// print(meter.tokens, meter.flops)
/// ```
///
/// Every ``DecoderModel`` counts into it; so an estimate or a tool's own word is not what is charged.
/// A pass that autograd records is charged with its backward pass, which takes twice as much, whether
/// it is run or not. See ``ModelConfiguration/blockFLOPs(rows:tokens:past:layers:)`` for the formula.
/// It follows tasks and their children; work handed to a thread of one's own is not seen.
public final class PassMeter: Sendable {
  /// The meter of the task that is running.
  @TaskLocal public static var current: PassMeter?

  private struct State {
    var tokens = 0
    var flops = 0.0
    var recorded = false
    var seen: Set<ModelConfiguration> = []
    var last: ModelConfiguration?
  }

  private let state = Locked(State())

  /// A meter at zero.
  public init() {}

  /// Tokens through models, padding included.
  public var tokens: Int { state.withLock { $0.tokens } }
  /// Floating-point operations, two for each multiplication with its addition.
  public var flops: Double { state.withLock { $0.flops } }
  /// Whether a pass was recorded for a gradient.
  public var recordedGradients: Bool { state.withLock { $0.recorded } }

  /// Whether a model of this form was run.
  public func ran(_ configuration: ModelConfiguration) -> Bool {
    state.withLock { $0.seen.contains(configuration) }
  }

  /// Counts `layers` blocks over `tokens` new tokens in each of `rows`.
  func countBlocks(
    _ configuration: ModelConfiguration, rows: Int, tokens: Int, past: Int, layers: Int,
    recorded: Bool
  ) {
    let flops = configuration.blockFLOPs(rows: rows, tokens: tokens, past: past, layers: layers)
    state.withLock {
      $0.tokens += rows * tokens
      $0.flops += recorded ? 3 * flops : flops
      $0.recorded = $0.recorded || recorded
      guard $0.last != configuration else { return }
      $0.seen.insert(configuration)
      $0.last = configuration
    }
  }

  /// Counts an unembedding of `positions`.
  func countUnembedding(_ configuration: ModelConfiguration, positions: Int, recorded: Bool) {
    let flops = configuration.unembeddingFLOPs(positions: positions)
    state.withLock { $0.flops += recorded ? 3 * flops : flops }
  }
}
