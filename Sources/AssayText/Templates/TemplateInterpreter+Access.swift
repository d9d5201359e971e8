extension TemplateInterpreter {
  /// `value.name`: a method first, then the member of that name.
  func attribute(_ name: String, of value: TemplateValue) throws -> TemplateValue {
    switch value {
    case .undefined(let message): throw TemplateFailure(message)
    case .dict(let members):
      if let method = Self.method(name, of: value) { return method }
      return members[name] ?? missing(name, in: value)
    case .namespace(let number): return namespaces[number][name] ?? missing(name, in: value)
    case .loop(let number): return try loopAttribute(name, number) ?? missing(name, in: value)
    case .macro(let number):
      let macro = macros[number].macro
      switch name {
      case "name": return .string(macro.name)
      case "arguments": return try .tuple(macro.parameters.map { .string($0.name) })
      case "catch_kwargs": return .bool(macro.usesKwargs)
      case "catch_varargs": return .bool(macro.usesVarargs)
      case "caller": return .bool(macro.usesCaller)
      default: return missing(name, in: value)
      }
    default: return Self.method(name, of: value) ?? missing(name, in: value)
    }
  }

  private func missing(_ name: String, in value: TemplateValue) -> TemplateValue {
    .undefined("\(value.typeName) has no attribute '\(name)'")
  }

  /// `value[index]`: the member first, then the attribute of that name.
  func item(_ index: TemplateValue, of value: TemplateValue) throws -> TemplateValue {
    if case .undefined(let message) = value { throw TemplateFailure(message) }
    switch (value, index.integer) {
    case (.dict(let members), _):
      if case .list = index { break }
      if case .dict = index { break }
      if let found = members[try key(of: index)] { return found }
    case (.list(let list), let place?), (.tuple(let list), let place?):
      if let place = Self.place(place, list.items.count) { return list.items[place] }
    case (.range(let range), let place?):
      if let place = Self.place(place, range.count) { return range[place] }
    case (.string(let text), let place?), (.markup(let text), let place?):
      try charge(bytes: text.utf8.count)
      let scalars = text.unicodeScalars
      if let place = Self.place(place, scalars.count) {
        let scalar = String(scalars[scalars.index(scalars.startIndex, offsetBy: place)])
        return value.isMarkup ? .markup(scalar) : .string(scalar)
      }
    default: break
    }
    if let name = index.text { return try attributeOnly(name, of: value) }
    return .undefined("\(value.typeName) has no such item")
  }

  private func attributeOnly(_ name: String, of value: TemplateValue) throws -> TemplateValue {
    if case .dict = value { return Self.method(name, of: value) ?? missing(name, in: value) }
    return try attribute(name, of: value)
  }

  /// The place that Python's index names among `count`, nil where there is none.
  static func place(_ index: Int, _ count: Int) -> Int? {
    let place = index < 0 ? index + count : index
    return (0..<count).contains(place) ? place : nil
  }

  private func loopAttribute(_ name: String, _ number: Int) throws -> TemplateValue? {
    let state = loops[number]
    let count = state.items.count
    switch name {
    case "index": return .int(state.index + 1)
    case "index0": return .int(state.index)
    case "revindex": return .int(count - state.index)
    case "revindex0": return .int(count - state.index - 1)
    case "first": return .bool(state.index == 0)
    case "last": return .bool(state.index + 1 >= count)
    case "length": return .int(count)
    case "depth": return .int(state.depth)
    case "depth0": return .int(state.depth - 1)
    case "previtem":
      return state.index > 0
        ? state.items[state.index - 1] : .undefined("there is no previous item")
    case "nextitem":
      return state.index + 1 < count
        ? state.items[state.index + 1] : .undefined("there is no next item")
    case "cycle", "changed": return .method(TemplateMethod(.loop(number), name))
    default: return nil
    }
  }

  /// `value[start:end:step]`.
  func slice(_ value: TemplateValue, _ bounds: [TemplateValue?]) throws -> TemplateValue {
    if case .undefined(let message) = value { throw TemplateFailure(message) }
    let numbers = try bounds.map { bound -> Int? in
      guard let bound else { return nil }
      if case .none = bound { return nil }
      if case .undefined = bound {
        throw TemplateFailure.unsupported("a slice with an undefined bound")
      }
      guard let number = bound.integer else {
        throw TemplateFailure.unsupported("a slice whose bounds are no whole numbers")
      }
      return number
    }
    let step = numbers[2] ?? 1
    guard step != 0 else { throw TemplateFailure("a slice with a step of zero") }
    func picked<Item>(_ items: [Item]) throws -> [Item] {
      try charge(items.count)
      return Self.places(numbers[0], numbers[1], step, items.count).map { items[$0] }
    }
    switch value {
    case .list(let list): return try .list(picked(list.items))
    case .tuple(let list): return try .tuple(picked(list.items))
    case .string(let text):
      return .string(PythonText.slice(try picked(Array(text.unicodeScalars))[...]))
    case .markup(let text):
      return .markup(PythonText.slice(try picked(Array(text.unicodeScalars))[...]))
    case .range(let range):
      let places = Self.places(numbers[0], numbers[1], step, range.count)
      let (stride, isTooLarge) = range.step.multipliedReportingOverflow(by: step)
      guard !isTooLarge, stride.magnitude < TemplateRange.limit else {
        throw TemplateFailure.unsupported("a range of such a step")
      }
      let (first, last) = Self.clamped(numbers[0], numbers[1], step, range.count)
      return .range(
        TemplateRange(
          start: range.start + range.step * first, stop: range.start + range.step * last,
          step: stride, count: places.count))
    default: throw TemplateFailure("\(value.typeName) cannot be sliced")
    }
  }

  /// The places that a slice of `count` items takes, as Python counts them.
  static func places(_ start: Int?, _ end: Int?, _ step: Int, _ count: Int) -> [Int] {
    let (first, last) = clamped(start, end, step, count)
    // A step beyond all items is as good as one just beyond them.
    return Array(Swift.stride(from: first, to: last, by: min(max(step, -count - 1), count + 1)))
  }

  private static func clamped(
    _ start: Int?, _ end: Int?, _ step: Int, _ count: Int
  ) -> (first: Int, last: Int) {
    func clamp(_ bound: Int?, _ otherwise: Int) -> Int {
      guard let bound else { return otherwise }
      let place = bound < 0 ? bound + count : bound
      return step > 0 ? min(max(place, 0), count) : min(max(place, -1), count - 1)
    }
    return (clamp(start, step > 0 ? 0 : count - 1), clamp(end, step > 0 ? count : -1))
  }
}
