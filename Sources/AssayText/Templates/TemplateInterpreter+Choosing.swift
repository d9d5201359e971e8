extension TemplateInterpreter {
  /// The filters that apply other filters and tests to each item.
  static let choosingFilters: [String: Filter] = [
    "map": { run, value, arguments in
      guard try run.isTrue(value) else { return try run.iterator([]) }
      var rest = arguments
      if arguments.positional.isEmpty,
        let place = rest.keywords.firstIndex(where: { $0.name == "attribute" })
      {
        let path = try run.path(rest.keywords.remove(at: place).value)
        var preset = TemplateValue.none
        if let place = rest.keywords.firstIndex(where: { $0.name == "default" }) {
          preset = rest.keywords.remove(at: place).value
        }
        if let extra = rest.keywords.first {
          throw TemplateFailure("map has no argument '\(extra.name)'")
        }
        return try run.iterator(
          run.iterate(value).map { try run.member(path, of: $0, preset: preset) })
      }
      guard !rest.positional.isEmpty else { throw TemplateFailure("map needs a filter") }
      let name = try run.requiredText(rest.positional.removeFirst(), "map")
      return try run.iterator(run.iterate(value).map { try run.filter(name, $0, rest) })
    },
    "select": { try $0.chosen($1, $2, byAttribute: false, keeps: true) },
    "reject": { try $0.chosen($1, $2, byAttribute: false, keeps: false) },
    "selectattr": { try $0.chosen($1, $2, byAttribute: true, keeps: true) },
    "rejectattr": { try $0.chosen($1, $2, byAttribute: true, keeps: false) },
  ]

  private func chosen(
    _ value: TemplateValue, _ arguments: TemplateArguments, byAttribute: Bool, keeps: Bool
  ) throws -> TemplateValue {
    guard try isTrue(value) else { return try iterator([]) }
    var rest = arguments
    var path: [TemplateValue] = []
    if byAttribute {
      guard !rest.positional.isEmpty else {
        throw TemplateFailure("the attribute's name is missing")
      }
      path = try self.path(rest.positional.removeFirst())
    }
    let name =
      try rest.positional.isEmpty
      ? nil : requiredText(rest.positional.removeFirst(), "select")
    return try iterator(
      iterate(value).filter { item in
        let member = try member(path, of: item)
        guard let name else { return try isTrue(member) == keeps }
        return try test(name, member, rest) == keeps
      })
  }
}
