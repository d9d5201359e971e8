import Foundation

extension TemplateInterpreter {
  func call(_ callee: TemplateValue, _ arguments: TemplateArguments) throws -> TemplateValue {
    try charge(1)
    switch callee {
    case .undefined(let message): throw TemplateFailure(message)
    case .macro(let number): return try call(macro: number, arguments)
    case .function(let function): return try call(function, arguments)
    case .method(let method):
      return try nested {
        switch method.receiver {
        case .string(let text): return try callText(method.name, text, false, arguments)
        case .markup(let text): return try callText(method.name, text, true, arguments)
        case .dict(let members): return try callDictionary(method.name, members, arguments)
        case .loop(let number): return try callLoop(method.name, number, arguments)
        default: return try callList(method.name, method.receiver, arguments)
        }
      }
    default: throw TemplateFailure("\(callee.typeName) cannot be called")
    }
  }

  private func call(
    _ function: TemplateFunction, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    switch function {
    case .range: return try range(arguments)
    case .dict: return .dict(try TemplateDictionary(dictMembers(arguments, "dict")))
    case .namespace:
      let members = try dictMembers(arguments, "namespace")
      namespaces.append(try namespaceMembers(members))
      return .namespace(namespaces.count - 1)
    case .raiseException:
      let message = try arguments.bind("message", for: "raise_exception", required: 1)
      throw TemplateFailure.raised(try text(of: message[0] ?? .none))
    case .strftimeNow:
      let format = try arguments.bind("format", for: "strftime_now", required: 1)
      guard let format = format[0]?.text else {
        throw TemplateFailure("strftime_now needs a text")
      }
      return .string(try time(format))
    }
  }

  private func range(_ arguments: TemplateArguments) throws -> TemplateValue {
    guard arguments.keywords.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw TemplateFailure("range takes one to three whole numbers")
    }
    let numbers = try arguments.positional.map { value in
      guard let number = value.integer else {
        throw TemplateFailure("range takes whole numbers, not \(value.typeName)")
      }
      guard number.magnitude < TemplateRange.limit else {
        throw TemplateFailure.limit("a range with numbers of 2^40 or more")
      }
      return number
    }
    let start = numbers.count > 1 ? numbers[0] : 0
    let stop = numbers.count > 1 ? numbers[1] : numbers[0]
    let step = numbers.count > 2 ? numbers[2] : 1
    guard step != 0 else { throw TemplateFailure("a range with a step of zero") }
    let span = step > 0 ? stop - start : start - stop
    let count = span > 0 ? (span - 1) / Int(step.magnitude) + 1 : 0
    guard count <= Self.rangeLimit else {
      throw TemplateFailure.limit("a range of more than \(Self.rangeLimit) numbers")
    }
    return .range(TemplateRange(start: start, stop: stop, step: step, count: count))
  }

  /// The members that `dict(…)` would have: those of a dictionary or of pairs, then the keywords.
  private func dictMembers(
    _ arguments: TemplateArguments, _ callee: String
  ) throws -> [(key: TemplateKey, name: TemplateValue, value: TemplateValue)] {
    guard arguments.positional.count < 2 else {
      throw TemplateFailure("\(callee) takes one argument at most, and keywords")
    }
    var members: [(key: TemplateKey, name: TemplateValue, value: TemplateValue)] = []
    switch arguments.positional.first {
    case .dict(let given):
      try charge(given.count)
      members = given.members
    case .namespace?: throw TemplateFailure("\(callee) of a namespace")
    case let pairs?:
      for pair in try iterate(pairs) {
        let items = try iterate(pair)
        guard items.count == 2 else { throw TemplateFailure("\(callee) needs pairs") }
        members.append((try key(of: items[0]), items[0], items[1]))
      }
    case nil: break
    }
    for (name, value) in arguments.keywords {
      members.append((.text(TemplateText(name)), .string(name), value))
    }
    return members
  }

  private func callLoop(
    _ name: String, _ number: Int, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    let values = arguments.positional
    guard arguments.keywords.isEmpty else { throw TemplateFailure("loop.\(name) has no keywords") }
    if name == "cycle" {
      guard !values.isEmpty else { throw TemplateFailure("loop.cycle needs values") }
      return values[loops[number].index % values.count]
    }
    let now = try TemplateValue.tuple(values)
    if let last = loops[number].lastChanged, try areEqual(last, now) { return .bool(false) }
    loops[number].lastChanged = now
    return .bool(true)
  }

  /// The time as `strftime` writes it, in the C locale.
  private func time(_ format: String) throws -> String {
    try charge(bytes: format.utf8.count * 4)
    guard format.utf8.count <= 1_000 else { throw TemplateFailure.limit("a time format this long") }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    let parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second, .nanosecond, .weekday], from: now)
    var out = ""
    var isMark = false
    var isBare = false
    for character in format.unicodeScalars {
      guard isMark else {
        if character == "%" { isMark = true } else { out.unicodeScalars.append(character) }
        continue
      }
      // "%-d" is a number without what fills it up.
      if character == "-", !isBare {
        isBare = true
        continue
      }
      var text = try Self.time(
        character, parts, day: calendar.ordinality(of: .day, in: .year, for: now))
      if isBare {
        while text.count > 1, text.hasPrefix("0") || text.hasPrefix(" ") { text.removeFirst() }
      }
      isMark = false
      isBare = false
      out += text
    }
    return isMark ? out + "%" : out
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  private static func time(
    _ mark: Unicode.Scalar, _ parts: DateComponents, day: Int?
  ) throws -> String {
    func padded(_ number: Int?, _ width: Int = 2) -> String {
      let digits = String(number ?? 0)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let hour = parts.hour ?? 0
    let month = months[max(0, min(11, (parts.month ?? 1) - 1))]
    let weekday = weekdays[max(0, min(6, (parts.weekday ?? 1) - 1))]
    let date = "\(padded(parts.month))/\(padded(parts.day))/\(padded((parts.year ?? 0) % 100))"
    let time = "\(padded(hour)):\(padded(parts.minute)):\(padded(parts.second))"
    switch mark {
    case "Y": return String(parts.year ?? 0)
    case "y": return padded((parts.year ?? 0) % 100)
    case "m": return padded(parts.month)
    case "d": return padded(parts.day)
    case "e":
      let digits = String(parts.day ?? 0)
      return digits.count < 2 ? " " + digits : digits
    case "H": return padded(hour)
    case "I": return padded((hour + 11) % 12 + 1)
    case "M": return padded(parts.minute)
    case "S": return padded(parts.second)
    case "f": return padded((parts.nanosecond ?? 0) / 1_000, 6)
    case "p": return hour < 12 ? "AM" : "PM"
    case "B": return month
    case "b", "h": return String(month.prefix(3))
    case "A": return weekday
    case "a": return String(weekday.prefix(3))
    case "j": return padded(day, 3)
    case "w": return String((parts.weekday ?? 1) - 1)
    case "u": return String(((parts.weekday ?? 1) + 5) % 7 + 1)
    case "D", "x": return date
    case "T", "X": return time
    case "F": return "\(parts.year ?? 0)-\(padded(parts.month))-\(padded(parts.day))"
    case "R": return "\(padded(hour)):\(padded(parts.minute))"
    case "n": return "\n"
    case "t": return "\t"
    case "%": return "%"
    default: throw TemplateFailure.unsupported("'%\(mark)' in a time")
    }
  }
}
