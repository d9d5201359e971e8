import AssayModels
import AssayTensor

/// Forward passes, with and without keeping what happens inside.
enum Reading {
  static func forward(_ work: Plan.Case, _ bundle: ModelBundle) -> Plan.Timing {
    let input = tokens(work, bundle)
    return Plan.Timing(
      seconds: Bench.repeated(work.seconds) { withInference { _ = bundle.model.logits(input) } })
  }

  /// Every activation site of every block, attention patterns included, as a full cache has them; each
  /// head's part of the output is left out on both sides.
  static func cached(_ work: Plan.Case, _ bundle: ModelBundle) -> Plan.Timing {
    let input = tokens(work, bundle)
    let sites = bundle.model.configuration.activationSites.filter { $0.part != .attentionResult }
    return Plan.Timing(
      seconds: Bench.repeated(work.seconds) {
        let taps = Taps(reading: sites)
        withInference {
          _ = bundle.model.logits(input, cache: nil, attentionStart: nil, taps: taps)
        }
      })
  }

  private static func tokens(_ work: Plan.Case, _ bundle: ModelBundle) -> Tensor {
    let rows = work.tokens(
      vocabulary: bundle.model.configuration.vocabularySize, length: work.length)
    return Tensor(rows.flatMap { $0 }, shape: [work.batch, work.length])  // [B, T]
  }
}
