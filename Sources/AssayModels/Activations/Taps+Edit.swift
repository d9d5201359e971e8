import AssayCore
import AssayTensor

extension Taps {
  /// One change of an activation.
  struct Edit: Sendable {
    /// The shape of a tensor that the edit brings along.
    enum Operand: Sendable {
      /// None.
      case nothing
      /// It is added to the last axes.
      case added([Int])
      /// It takes the activation's place.
      case whole([Int])
    }

    /// The new activation, and where it is known, broadcast; nil: everywhere.
    typealias Change = @Sendable (Tensor, TextSpan) -> (value: Tensor, known: Tensor?)

    let selection: SiteSelection
    let operand: Operand
    let change: Change

    init(selection: SiteSelection, operand: Operand = .nothing, change: @escaping Change) {
      self.selection = selection
      self.operand = operand
      self.change = change
    }

    /// The activation after the edit.
    func callAsFunction(_ value: Tensor, at site: ActivationSite, _ span: TextSpan) -> Tensor {
      let (new, known) = change(value, span)
      precondition(
        new.shape == value.shape,
        "replacement at \(site): expected shape \(value.shape), got \(new.shape)")
      let selected = selection.mask(site.part, value.shape, span)
      guard let mask = selected.map({ known?.logicalAnd($0) ?? $0 }) ?? known else { return new }
      return Tensor.where(mask.to(device: value.device), new, value)
    }

    /// Throws `.badInput` if the edit cannot be made at `site` of `model`.
    func validate(_ site: ActivationSite, _ model: ModelConfiguration) throws {
      try selection.validate(site, model)
      let axes = site.part.axes
      let fits: Bool
      let shape: [Int]
      switch operand {
      case .nothing: return
      case .added(let given):
        shape = given
        // Positions and rows differ from pass to pass: along them an addition is the same.
        fits =
          shape.count <= axes.count
          && zip(shape.reversed(), axes.reversed()).allSatisfy { length, axis in
            length == 1 || length == model.size(of: axis) ?? 1
          }
      case .whole(let given):
        shape = given
        fits =
          shape.count == axes.count
          && zip(shape, axes).allSatisfy { length, axis in
            length == model.size(of: axis) ?? length
          }
      }
      guard fits else {
        let expected = axes.map { model.size(of: $0).map(String.init) ?? "any" }
        throw AssayError(
          .badInput, "a tensor of shape \(shape) does not fit '\(site)'",
          hint: "activations there have the shape [\(expected.joined(separator: ", "))]")
      }
    }
  }
}
