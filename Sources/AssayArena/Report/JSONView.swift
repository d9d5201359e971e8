import AssayCore

/// Shows what a tool returned: tables, charts where the shape of the data asks for one, plain text.
enum JSONView {
  /// Rows of a table beyond these are counted, not shown; the evidence file has them all.
  static let shownRows = 120

  static func html(_ value: JSONValue) -> HTML {
    switch value {
    case .object(let members):
      if let interval = interval(value) { return "\(text(interval))" }
      return object(members)
    case .array(let values):
      return array(values)
    default:
      return cell(value)
    }
  }

  /// A value as the content of a table cell.
  static func cell(_ value: JSONValue) -> HTML {
    switch value {
    case .null: return "<span class=\"soft\">–</span>"
    case .bool(let flag): return flag ? "yes" : "no"
    case .number(let number): return "\(Chart.short(number))"
    case .string(let text): return "\(text)"
    case .array(let values):
      if values.allSatisfy(isScalar) {
        return HTML(values.prefix(24).map { "<code>\(cell($0))</code> " })
      }
      return array(values)
    case .object(let members):
      if let interval = interval(value) { return "\(text(interval))" }
      return object(members)
    }
  }

  static func interval(_ value: JSONValue) -> Interval? {
    guard case .object(let members) = value, members.count == 3,
      let estimate = members["estimate"]?.double, let low = members["low"]?.double,
      let high = members["high"]?.double
    else { return nil }
    return Interval(estimate: estimate, low: low, high: high)
  }

  static func text(_ interval: Interval) -> String {
    let (low, high) = (Chart.percent(interval.low), Chart.percent(interval.high))
    return "\(Chart.percent(interval.estimate)) [\(low), \(high)]"
  }

  private static func object(_ members: [String: JSONValue]) -> HTML {
    let sorted = members.sorted { rank($0.key) < rank($1.key) }
    let scalars = sorted.filter { isShort($0.value) }
    let rest = sorted.filter { !isShort($0.value) }
    let facts = scalars.map { key, value -> HTML in
      "<dt>\(words(key))</dt><dd>\(cell(value))</dd>"
    }
    let parts = rest.map { key, value -> HTML in
      "<h3>\(words(key))</h3>\(html(value))"
    }
    let list: HTML? = facts.isEmpty ? nil : "<dl class=\"facts\">\(facts)</dl>"
    return """
      \(list)
      \(parts)
      """
  }

  private static func array(_ values: [JSONValue]) -> HTML {
    let rows = values.compactMap(\.object)
    guard rows.count == values.count, !rows.isEmpty else {
      let items = values.prefix(shownRows).map { value -> HTML in
        isShort(value) ? "<p>\(cell(value))</p>" : html(value)
      }
      return "\(items)\(more(values.count))"
    }
    return "\(chart(rows))\(table(rows))"
  }

  private static func table(_ rows: [[String: JSONValue]]) -> HTML {
    let keys = Set(rows.flatMap(\.keys)).sorted { rank($0) < rank($1) }
    let numeric = Set(keys.filter { key in rows.allSatisfy { $0[key]?.double != nil } })
    let head = keys.map { key -> HTML in
      numeric.contains(key)
        ? "<th class=\"number\">\(words(key))</th>" : "<th>\(words(key))</th>"
    }
    let body = rows.prefix(shownRows).map { row -> HTML in
      let cells = keys.map { key -> HTML in
        let content = cell(row[key] ?? .null)
        return numeric.contains(key)
          ? "<td class=\"number\">\(content)</td>" : "<td>\(content)</td>"
      }
      return "<tr>\(cells)</tr>"
    }
    return """
      <div class="scroll"><table><thead><tr>\(head)</tr></thead>
      <tbody>\(body)</tbody></table></div>\(more(rows.count))
      """
  }

  private static func more(_ count: Int) -> HTML {
    guard count > shownRows else { return "" }
    return "<p class=\"soft\">and \(count - shownRows) more in the evidence file</p>"
  }

  /// A chart when the rows are proportions with intervals, or numbers layer by layer.
  private static func chart(_ rows: [[String: JSONValue]]) -> HTML {
    guard let first = rows.first, (2...40).contains(rows.count) else { return "" }
    let keys = first.keys.sorted { rank($0) < rank($1) }
    if let key = keys.first(where: { key in first[key].flatMap(interval) != nil }),
      let label = keys.first(where: { first[$0]?.string != nil })
    {
      let bars = rows.compactMap { row -> Chart.Bar? in
        guard let interval = row[key].flatMap(interval) else { return nil }
        return Chart.Bar(
          label: row[label]?.string ?? "", interval: interval, note: text(interval))
      }
      return Chart.bars(bars, caption: words(key))
    }
    guard let layer = keys.first(where: { $0 == "layer" || $0 == "site" }) else { return "" }
    let measures = keys.filter { key in
      key != layer && rows.allSatisfy { $0[key]?.double != nil }
    }
    guard !measures.isEmpty else { return "" }
    let curves = measures.prefix(4).map { key in
      Chart.Curve(label: words(key), values: rows.map { $0[key]?.double ?? .nan })
    }
    let labels = rows.map { row in
      row[layer]?.string ?? row[layer]?.double.map(Chart.short) ?? ""
    }
    return Chart.curves(Array(curves), labels: labels, caption: "by \(layer)")
  }

  private static func isScalar(_ value: JSONValue) -> Bool {
    switch value {
    case .array, .object: false
    default: true
    }
  }

  private static func isShort(_ value: JSONValue) -> Bool {
    if case .array(let values) = value { return values.count <= 24 && values.allSatisfy(isScalar) }
    return isScalar(value) || interval(value) != nil
  }

  /// Columns in the order that people read them: what was asked, what came, numbers.
  private static func rank(_ key: String) -> String {
    let order = [
      "layer", "site", "source", "register", "relation", "prompt", "subject", "context", "expected",
      "public", "answer", "text", "top", "tokens",
    ]
    let position = order.firstIndex(of: key) ?? order.count
    return String(UnicodeScalar(UInt8(ascii: "a") + UInt8(position))) + key
  }

  /// `negativeLogLikelihood` as "negative log likelihood".
  private static func words(_ key: String) -> String {
    var result = ""
    for character in key {
      if character.isUppercase, let last = result.last, last.isLowercase {
        result += " " + character.lowercased()
      } else {
        result.append(character)
      }
    }
    return result
  }
}
