import AssayCore
import AssayTensor

// Edits at one site are made in the order in which they were added; what is read is their result.
extension Taps {
  /// Replaces what the next passes produce at `site` by `f` of it, where selected.
  ///
  /// `f` gets the whole activation and must keep its shape.
  public func replace(
    _ site: ActivationSite, only selection: SiteSelection = .all,
    _ f: @escaping @Sendable (Tensor) -> Tensor
  ) {
    add(Edit(selection: selection) { value, _ in (f(value), nil) }, at: site)
  }

  /// Multiplies by `factor`.
  public func scale(
    _ site: ActivationSite, by factor: Double, only selection: SiteSelection = .all
  ) {
    replace(site, only: selection) { $0 * factor }
  }

  /// Adds `coefficient` times `direction`, whose shape is the site's last axis or axes, such as [d]
  /// or, at attention.z, [D] or [H, D].
  ///
  /// Source: Turner et al. 2023, "Activation Addition"; Li et al. 2023, "Inference-Time
  /// Intervention".
  public func steer(
    _ site: ActivationSite, by direction: Tensor, times coefficient: Double = 1,
    only selection: SiteSelection = .all
  ) {
    let change = direction * coefficient
    add(
      Edit(selection: selection, operand: .added(direction.shape)) { value, _ in
        (value + change.fitting(value), nil)
      }, at: site)
  }

  /// Puts in something that carries no information about the text: zeros, a mean, another text's.
  ///
  /// Throws `.badInput` where the reference of `ablation` has not read `site`.
  public func ablate(
    _ site: ActivationSite, by ablation: Ablation, only selection: SiteSelection = .all
  ) throws {
    let replacement = try ablation.replacement(site)
    add(
      Edit(selection: selection) { value, span in
        let (other, known) = replacement(value.shape, span)
        return (other.fitting(value).expand(value.shape), known)
      }, at: site)
  }

  /// Puts in zeros.
  public func ablate(_ site: ActivationSite, only selection: SiteSelection = .all) {
    replace(site, only: selection) { $0.zerosLike() }
  }

  /// Puts in what the last pass of `other` produced at `site`, token by token of the text.
  ///
  /// A recording of one row serves all rows. Positions that the other run did not have, padding
  /// among them, keep their activation. For a pass whose gradients are wanted, record outside of
  /// `withInference`. Throws `.badInput` where `other` has not read the site.
  public func patch(
    _ site: ActivationSite, from other: Taps, only selection: SiteSelection = .all
  ) throws {
    patch(site, try other.recorded(site), selection)
  }

  /// Puts in `value`, shaped like the site's activation in a pass over whole texts without padding.
  public func patch(
    _ site: ActivationSite, with value: Tensor, only selection: SiteSelection = .all
  ) {
    let axis = site.part.axes.firstIndex(of: .position) ?? 0
    let span = TextSpan(
      rows: value.rank > 0 ? value.dim(0) : 0, count: value.rank > axis ? value.dim(axis) : 0)
    patch(site, RecordedActivation(value: value, span: span), selection)
  }

  private func patch(
    _ site: ActivationSite, _ recorded: RecordedActivation, _ selection: SiteSelection
  ) {
    add(
      Edit(selection: selection, operand: .whole(recorded.value.shape)) { value, span in
        let (other, known) = recorded.laidOut(site.part, value.shape, span)
        return (other.fitting(value).expand(value.shape), known)
      }, at: site)
  }
}

extension Tensor {
  /// This tensor in the dtype and on the device of `other`.
  fileprivate func fitting(_ other: Tensor) -> Tensor {
    let there = device == other.device ? self : to(device: other.device)
    return there.dtype == other.dtype ? there : there.to(dtype: other.dtype)
  }
}
