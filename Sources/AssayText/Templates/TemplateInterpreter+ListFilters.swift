extension TemplateInterpreter {
  static let listFilters: [String: Filter] = [
    "length": { try $0.length($1, $2) },
    "count": { try $0.length($1, $2) },
    "first": { run, value, arguments in
      try arguments.none(for: "first")
      if case .iterator(let number) = value {
        guard run.iterators[number].next < run.iterators[number].items.count else {
          return .undefined("there is no first item")
        }
        run.iterators[number].next += 1
        return run.iterators[number].items[run.iterators[number].next - 1]
      }
      return try run.iterate(value).first ?? .undefined("there is no first item")
    },
    "last": { run, value, arguments in
      try arguments.none(for: "last")
      if case .iterator = value { throw TemplateFailure("put '|list' before '|last'") }
      return try run.iterate(value).last ?? .undefined("there is no last item")
    },
    "list": { run, value, arguments in
      try arguments.none(for: "list")
      return try .list(run.iterate(value))
    },
    "reverse": { run, value, arguments in
      try arguments.none(for: "reverse")
      let items = Array(try run.iterate(value).reversed())
      guard value.text != nil else { return try run.iterator(items) }
      let text = try items.map { try run.text(of: $0) }.joined()
      return value.isMarkup ? .markup(text) : .string(text)
    },
    "join": { try $0.joined($1, $2) },
    "items": { run, value, arguments in
      try arguments.none(for: "items")
      switch value {
      case .undefined: return try run.iterator([])
      case .dict(let members): return try run.iterator(run.iterate(.view(.items, members)))
      default: throw TemplateFailure("items needs a dictionary, not \(value.typeName)")
      }
    },
    "dictsort": { try $0.sortedMembers($1, $2) },
    "sort": { run, value, arguments in
      let given = try arguments.bind("reverse", "case_sensitive", "attribute", for: "sort")
      let paths = try run.paths(given[2])
      let isSensitive = try run.isTrue(given[1] ?? .bool(false))
      let items = try run.iterate(value)
      return try .list(
        run.sorted(
          items,
          by: { item in
            try .list(paths.map { try run.member($0, of: item, foldsCase: !isSensitive) })
          }, isReversed: run.isTrue(given[0] ?? .bool(false))))
    },
    "unique": { run, value, arguments in
      let given = try arguments.bind("case_sensitive", "attribute", for: "unique")
      let path = try run.path(given[1])
      let isSensitive = try run.isTrue(given[0] ?? .bool(false))
      var seen: Set<TemplateKey> = []
      return try run.iterator(
        run.iterate(value).filter { item in
          try seen.insert(run.key(of: run.member(path, of: item, foldsCase: !isSensitive))).inserted
        })
    },
    "min": { try $0.extreme("min", $1, $2) },
    "max": { try $0.extreme("max", $1, $2) },
    "sum": { run, value, arguments in
      let given = try arguments.bind("attribute", "start", for: "sum")
      let path = try run.path(given[0])
      var total = given[1] ?? .int(0)
      if total.text != nil { throw TemplateFailure("sum cannot add texts; use join") }
      for item in try run.iterate(value) {
        total = try run.arithmetic(total, "+", run.member(path, of: item))
      }
      return total
    },
    "batch": { run, value, arguments in
      let given = try arguments.bind("linecount", "fill_with", for: "batch", required: 1)
      let width = try run.optionalInteger(given[0], "batch") ?? 0
      let fill = given[1] ?? .none
      let items = try run.iterate(value)
      // As in Jinja, a width below one puts all in one row, after an empty row for zero.
      var rows: [[TemplateValue]] = items.isEmpty ? [] : [[]]
      for item in items {
        if rows[rows.count - 1].count == width { rows.append([]) }
        rows[rows.count - 1].append(item)
      }
      if let last = rows.last, fill.typeName != "NoneType", last.count < width {
        try run.charge(width - last.count)
        rows[rows.count - 1] += Array(repeating: fill, count: width - last.count)
      }
      return try run.iterator(rows.map { try .list($0) })
    },
    "slice": { try $0.columns($1, $2) },
  ]

  private func length(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    try arguments.none(for: "length")
    switch value {
    case .undefined: return .int(0)
    case .string(let text), .markup(let text):
      try charge(bytes: text.utf8.count)
      return .int(text.unicodeScalars.count)
    case .list(let list), .tuple(let list): return .int(list.items.count)
    case .dict(let members), .view(_, let members): return .int(members.count)
    case .range(let range): return .int(range.count)
    case .loop(let number): return .int(loops[number].items.count)
    default: throw TemplateFailure("\(value.typeName) has no length")
    }
  }

  // MARK: - Attributes of items

  /// "a.0.b" as the steps that it names; no steps where there is no attribute.
  func path(_ attribute: TemplateValue?) throws -> [TemplateValue] {
    switch attribute {
    case nil, .some(.none): return []
    case .some(let value):
      guard let text = value.text else { return [value] }
      return PythonText.split(text, by: ".", limit: -1, fromRight: false).map { part in
        !part.isEmpty && part.unicodeScalars.allSatisfy(\.isDigit)
          ? Int(part).map(TemplateValue.int) ?? .string(part) : .string(part)
      }
    }
  }

  /// The paths of "a,b.c".
  func paths(_ attribute: TemplateValue?) throws -> [[TemplateValue]] {
    guard let text = attribute?.text else { return [try path(attribute)] }
    return try PythonText.split(text, by: ",", limit: -1, fromRight: false).map {
      try path(.string($0))
    }
  }

  func member(
    _ path: [TemplateValue], of item: TemplateValue, preset: TemplateValue = .none,
    foldsCase: Bool = false
  ) throws -> TemplateValue {
    var value = item
    for step in path {
      value = try self.item(step, of: value)
      if value.isUndefined, preset.typeName != "NoneType" { value = preset }
    }
    guard foldsCase, let text = value.text else { return value }
    try charge(bytes: text.utf8.count)
    return .string(text.lowercased())
  }

  // MARK: - Order

  /// `items` in the order of their keys; equal ones stay in theirs.
  func sorted<Item>(
    _ items: [Item], by key: (Item) throws -> TemplateValue, isReversed: Bool
  ) throws -> [Item] {
    let keyed = try items.enumerated().map { ($0.offset, try key($0.element)) }
    let order = try keyed.sorted { left, right in
      let (first, second) = isReversed ? (right, left) : (left, right)
      if try isOrdered(first.1, "<", second.1) { return true }
      if try isOrdered(second.1, "<", first.1) { return false }
      return left.0 < right.0
    }
    return order.map { items[$0.0] }
  }

  private func sortedMembers(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let given = try arguments.bind("case_sensitive", "by", "reverse", for: "dictsort")
    let by = try optionalText(given[1], "dictsort") ?? "key"
    guard by == "key" || by == "value" else {
      throw TemplateFailure("dictsort sorts by 'key' or 'value'")
    }
    if case .undefined(let message) = value { throw TemplateFailure(message) }
    guard case .dict(let members) = value else {
      throw TemplateFailure("dictsort needs a dictionary, not \(value.typeName)")
    }
    let isSensitive = try isTrue(given[0] ?? .bool(false))
    let pairs = try sorted(
      Array(zip(members.keys, members.values)),
      by: { try member([], of: by == "key" ? $0.0 : $0.1, foldsCase: !isSensitive) },
      isReversed: isTrue(given[2] ?? .bool(false)))
    return try .list(pairs.map { try .tuple([$0.0, $0.1]) })
  }

  private func extreme(
    _ name: String, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let given = try arguments.bind("case_sensitive", "attribute", for: name)
    let path = try path(given[1])
    let isSensitive = try isTrue(given[0] ?? .bool(false))
    var best: (item: TemplateValue, key: TemplateValue)?
    for item in try iterate(value) {
      let key = try member(path, of: item, foldsCase: !isSensitive)
      if let known = best, try !isOrdered(key, name == "min" ? "<" : ">", known.key) { continue }
      best = (item, key)
    }
    return best?.item ?? .undefined("there is no item")
  }

  private func joined(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let given = try arguments.bind("d", "attribute", for: "join")
    let separator = try text(of: given[0] ?? .string(""))
    let path = try path(given[1])
    var out = ""
    for (index, item) in try iterate(value).enumerated() {
      if index > 0 { try append(separator, to: &out) }
      try append(text(of: member(path, of: item)), to: &out)
    }
    return .string(out)
  }

  private func columns(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let given = try arguments.bind("slices", "fill_with", for: "slice", required: 1)
    let count = try optionalInteger(given[0], "slice") ?? 0
    guard count > 0 else { throw TemplateFailure("slice needs a number above zero") }
    try charge(count)
    let items = try iterate(value)
    let (height, extra) = items.count.quotientAndRemainder(dividingBy: count)
    let fill = given[1] ?? .none
    var rest = items[...]
    let rows = try (0..<count).map { column -> TemplateValue in
      var row = Array(rest.prefix(height + (column < extra ? 1 : 0)))
      rest = rest.dropFirst(row.count)
      if fill.typeName != "NoneType", column >= extra { row.append(fill) }
      return try .list(row)
    }
    return try iterator(rows)
  }
}
