import AssayCore
import AssayTensor

/// What an ablation puts in the place of an activation.
///
/// ```swift
/// let reference = Taps(reading: [site])
/// _ = withoutGrad { model.logits(otherTexts, taps: reference) }
/// try taps.ablate(site, by: .mean(over: reference), only: .heads([2]))
/// ```
public struct Ablation: Sendable {
  /// What stands there instead, given where; nil mask: everywhere.
  typealias Replacement = @Sendable (_ shape: [Int], TextSpan) -> (value: Tensor, known: Tensor?)

  /// Prepares the replacement at a site.
  let replacement: @Sendable (ActivationSite) throws -> Replacement

  /// Zeros.
  public static let zero = Ablation { _ in
    { shape, _ in (Tensor.zeros([Int](repeating: 1, count: shape.count)), nil) }
  }

  /// The mean of the last pass of `reference` over its texts and their positions, padding left out.
  ///
  /// Not for scores and patterns, whose mean over positions means nothing.
  public static func mean(over reference: Taps) -> Ablation {
    Ablation { site in
      guard !site.part.axes.contains(.key) else {
        throw AssayError(
          .badInput, "'\(site)' has no mean over the positions of texts",
          hint: "resample or patch it, or ablate attention.z")
      }
      let mean = try reference.recorded(site).mean(site.part)
      return { _, _ in (mean, nil) }
    }
  }

  /// For each row the activation, at the same positions, of another text in the last pass of
  /// `reference`, drawn by `seed`: the same text at every site with the same seed.
  ///
  /// Positions that the drawn text does not have keep their activation. Source: Chan et al. 2022,
  /// "Causal scrubbing".
  public static func resample(from reference: Taps, seed: UInt64) -> Ablation {
    Ablation { site in
      let source = try reference.recorded(site)
      let root = SplitMix64(seed: seed)
      return { shape, span in
        source.resampled(rows: span.rows) { row in
          var stream = root.fork("row \(row)")
          return stream.below(source.span.rows)
        }.laidOut(site.part, shape, span)
      }
    }
  }
}
