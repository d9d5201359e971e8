/// The arguments of a call, evaluated.
struct TemplateArguments {
  var positional: [TemplateValue] = []
  var keywords: [(name: String, value: TemplateValue)] = []

  var isEmpty: Bool { positional.isEmpty && keywords.isEmpty }

  /// The arguments by parameter, nil where not given; fails for too many, unknown and missing ones.
  func bind(_ names: String..., for callee: String, required: Int = 0) throws -> [TemplateValue?] {
    guard positional.count <= names.count else {
      throw TemplateFailure(
        "\(callee) takes \(names.count) arguments at most, not \(positional.count)")
    }
    var out = positional.map(Optional.some)
    out += [TemplateValue?](repeating: nil, count: names.count - positional.count)
    for (name, value) in keywords {
      guard let place = names.firstIndex(of: name) else {
        throw TemplateFailure("\(callee) has no argument '\(name)'")
      }
      guard out[place] == nil else {
        throw TemplateFailure("\(callee) is given '\(name)' twice")
      }
      out[place] = value
    }
    for place in 0..<required where out[place] == nil {
      throw TemplateFailure("\(callee) needs its argument '\(names[place])'")
    }
    return out
  }

  /// Fails where there is any argument.
  func none(for callee: String) throws {
    if !isEmpty { throw TemplateFailure("\(callee) takes no arguments") }
  }
}
