extension TemplateInterpreter {
  func isTrue(_ value: TemplateValue) throws -> Bool {
    switch value {
    case .undefined, .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .float(let value): value != 0
    case .string(let text), .markup(let text): !text.isEmpty
    case .list(let list), .tuple(let list): !list.items.isEmpty
    case .dict(let dictionary), .view(_, let dictionary): dictionary.count > 0
    case .range(let range): range.count > 0
    case .iterator, .namespace, .loop, .macro, .function, .method: true
    }
  }

  func areEqual(_ left: TemplateValue, _ right: TemplateValue) throws -> Bool {
    try charge(1)
    if let one = left.text, let two = right.text {
      try charge(bytes: min(one.utf8.count, two.utf8.count))
      return one.utf8.elementsEqual(two.utf8)
    }
    if let one = left.integer, let two = right.integer { return one == two }
    if let one = left.double, let two = right.double { return one == two }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.list(let one), .list(let two)), (.tuple(let one), .tuple(let two)):
      guard one.items.count == two.items.count else { return false }
      return try nested {
        for (one, two) in zip(one.items, two.items) where try !areEqual(one, two) { return false }
        return true
      }
    case (.dict(let one), .dict(let two)):
      guard one.count == two.count else { return false }
      return try nested {
        for member in one.members {
          guard let other = two[member.key], try areEqual(member.value, other) else { return false }
        }
        return true
      }
    case (.range(let one), .range(let two)):
      return one.count == two.count && (one.count == 0 || one.start == two.start)
        && (one.count < 2 || one.step == two.step)
    case (.view(let one, let first), .view(let two, let second)):
      guard one == two, one != .values else { return false }
      return one == .keys
        ? first.count == second.count && first.members.allSatisfy { second[$0.key] != nil }
        : try areEqual(.dict(first), .dict(second))
    default:
      guard let one = identity(left) else { return false }
      return one == identity(right)
    }
  }

  /// The object that a value names.
  private func identity(_ value: TemplateValue) -> TemplateKey? {
    switch value {
    case .iterator(let number), .namespace(let number), .loop(let number), .macro(let number):
      .object(value.typeName, number)
    case .function(let function): .object(function.rawValue, 0)
    default: nil
    }
  }

  /// What makes `value` the same as another as a key.
  func key(of value: TemplateValue) throws -> TemplateKey {
    try charge(1)
    switch value {
    case .none: return .none
    case .bool(let value): return .integer(value ? 1 : 0)
    case .int(let value): return .integer(value)
    case .float(let value): return Int(exactly: value).map(TemplateKey.integer) ?? .float(value)
    case .string(let text), .markup(let text):
      try charge(bytes: text.utf8.count)
      return .text(TemplateText(text))
    case .tuple(let list): return .tuple(try nested { try list.items.map { try key(of: $0) } })
    case .undefined: return .object("Undefined", 0)
    default:
      if let key = identity(value) { return key }
      throw TemplateFailure("\(value.typeName) cannot be a key")
    }
  }

  /// Whether `left < right`, or another order; fails for what has no order.
  func isOrdered(
    _ left: TemplateValue, _ symbol: String, _ right: TemplateValue
  ) throws -> Bool {
    switch symbol {
    case "<": try isLess(left, right, symbol)
    case ">": try isLess(right, left, symbol)
    case "<=": try isLessOrEqual(left, right, symbol)
    default: try isLessOrEqual(right, left, symbol)
    }
  }

  private func isLessOrEqual(
    _ left: TemplateValue, _ right: TemplateValue, _ symbol: String
  ) throws -> Bool {
    if let one = left.double, let two = right.double, one.isNaN || two.isNaN { return false }
    return try !isLess(right, left, symbol)
  }

  private func isLess(
    _ left: TemplateValue, _ right: TemplateValue, _ symbol: String
  ) throws -> Bool {
    try charge(1)
    if let one = left.integer, let two = right.integer { return one < two }
    if let one = left.double, let two = right.double { return one < two }
    if let one = left.text, let two = right.text {
      return one.utf8.lexicographicallyPrecedes(two.utf8)
    }
    switch (left, right) {
    case (.undefined(let message), _), (_, .undefined(let message)):
      throw TemplateFailure(message)
    case (.list(let one), .list(let two)), (.tuple(let one), .tuple(let two)):
      return try nested {
        for (one, two) in zip(one.items, two.items) where try !areEqual(one, two) {
          return try isLess(one, two, symbol)
        }
        return one.items.count < two.items.count
      }
    default:
      throw TemplateFailure(
        "'\(symbol)' does not work on \(left.typeName) and \(right.typeName)")
    }
  }

  func contains(_ container: TemplateValue, _ wanted: TemplateValue) throws -> Bool {
    switch container {
    case .string(let text), .markup(let text):
      guard let wanted = wanted.text else {
        throw TemplateFailure("only text can be in text, not \(wanted.typeName)")
      }
      try charge(bytes: text.utf8.count)
      return PythonText.find(wanted, in: text) != nil
    case .dict(let members), .view(.keys, let members): return try members[key(of: wanted)] != nil
    case .none, .bool, .int, .float, .function, .macro, .method, .namespace:
      throw TemplateFailure("\(container.typeName) contains nothing")
    case .iterator(let number):
      while iterators[number].next < iterators[number].items.count {
        iterators[number].next += 1
        if try areEqual(iterators[number].items[iterators[number].next - 1], wanted) { return true }
      }
      return false
    default:
      for item in try iterate(container) where try areEqual(item, wanted) { return true }
      return false
    }
  }

  /// The items that a loop over `value` sees.
  func iterate(_ value: TemplateValue) throws -> [TemplateValue] {
    let items: [TemplateValue]
    switch value {
    case .undefined: items = []
    case .string(let text), .markup(let text):
      try charge(text.utf8.count)
      items = text.unicodeScalars.map { .string(String($0)) }
    case .list(let list), .tuple(let list): items = list.items
    case .dict(let members), .view(.keys, let members): items = members.keys
    case .view(.values, let members): items = members.values
    case .view(.items, let members):
      try charge(2 * members.count)
      items = try zip(members.keys, members.values).map { try .tuple([$0, $1]) }
    case .range(let range):
      try charge(range.count)
      items = range.items
    case .iterator(let number):
      items = Array(iterators[number].items[iterators[number].next...])
      iterators[number].next = iterators[number].items.count
    case .loop: throw TemplateFailure.unsupported("a loop over 'loop'")
    case .none, .bool, .int, .float, .namespace, .macro, .function, .method:
      throw TemplateFailure("\(value.typeName) has no items to go through")
    }
    try charge(items.count)
    return items
  }

  /// A value that gives `items` once.
  func iterator(_ items: [TemplateValue]) throws -> TemplateValue {
    try charge(items.count)
    guard items.allSatisfy({ $0.depth < TemplateList.depthLimit }) else {
      throw TemplateFailure.limit(
        "a value is nested more than \(TemplateList.depthLimit) levels deep")
    }
    iterators.append((items, 0))
    return .iterator(iterators.count - 1)
  }
}
