import AssayCore

extension ModelConfiguration {
  /// Whether blocks of this family, or the model itself, have `part`.
  public func has(_ part: ActivationSite.Part) -> Bool {
    switch part {
    case .embedPositions: form.rotary == nil
    case .mlpUp, .mlpGate: form.isGated
    default: true
    }
  }

  /// Every activation site of the model, in the order of the computation.
  public var activationSites: [ActivationSite] {
    let parts = ActivationSite.Part.allCases.filter(has)
    let outside = parts.filter { !$0.isInBlock }.map { ActivationSite(block: nil, part: $0) }
    let inside = parts.filter(\.isInBlock)
    let opening = outside.prefix { $0.part != .normFinal }
    return opening + (0..<layers).flatMap { layer in inside.map { .block(layer, $0) } }
      + outside.dropFirst(opening.count)
  }

  /// Throws `.badInput` for a site that the model does not have, naming those that it has.
  public func validate(_ site: ActivationSite) throws {
    guard has(site.part) else {
      let beside = ActivationSite.Part.allCases
        .filter { $0.isInBlock == site.part.isInBlock && has($0) }
        .map(\.rawValue).joined(separator: ", ")
      throw AssayError(
        .badInput, "a model of the family \(family) has no site '\(site.part.rawValue)'",
        hint: "\(site.part.isInBlock ? "its blocks have" : "it has") \(beside)")
    }
    if let block = site.block, block >= layers {
      throw AssayError(
        .badInput, "there is no block \(block) for the site '\(site)'",
        hint: "the model's blocks are 0 to \(layers - 1)")
    }
  }

  /// The shape of the activation at `site` in a pass of `rows` texts with `tokens` new tokens each
  /// that follow `past` tokens in a cache.
  public func shape(of site: ActivationSite, rows: Int, tokens: Int, past: Int = 0) -> [Int] {
    site.part.axes.map { axis in
      switch axis {
      case .row: rows
      case .position: tokens
      case .key: past + tokens
      default: size(of: axis) ?? 0
      }
    }
  }

  /// The length of an axis that is the same in every pass; nil for the others.
  func size(of axis: ActivationSite.Part.Axis) -> Int? {
    switch axis {
    case .row, .position, .key: nil
    case .head: heads
    case .keyValueHead: keyValueHeads
    case .headUnit: headDimension
    case .modelUnit: hiddenSize
    case .hiddenUnit: intermediateSize
    case .token: vocabularySize
    }
  }
}
