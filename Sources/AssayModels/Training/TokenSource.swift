/// Where training batches come from.
///
/// The batch of a step is always the same, whatever was asked before: that is what lets a run that
/// was killed resume to the same loss curve.
public protocol TokenSource: Sendable {
  /// Predictions per batch, for the rate that is shown.
  var tokensPerBatch: Int { get }

  /// The batch of `step`, counted from 0.
  func batch(step: Int) throws -> TokenBatch
}
