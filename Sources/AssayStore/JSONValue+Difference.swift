import AssayCore

extension JSONValue {
  /// Where this value and `other` differ, as a path such as "facets[0].score"; nil when they are
  /// equal, numbers to within 1e-9.
  func firstDifference(from other: JSONValue, path: String = "") -> String? {
    let here = path.isEmpty ? "the whole" : path
    switch (self, other) {
    case (.number(let left), .number(let right)):
      return abs(left - right) < 1e-9 ? nil : here
    case (.array(let left), .array(let right)):
      guard left.count == right.count else { return here }
      for (index, pair) in zip(left, right).enumerated() {
        let place = "\(path)[\(index)]"
        if let found = pair.0.firstDifference(from: pair.1, path: place) { return found }
      }
      return nil
    case (.object(let left), .object(let right)):
      for key in Set(left.keys).union(right.keys).sorted() {
        let place = path.isEmpty ? key : "\(path).\(key)"
        guard let one = left[key], let two = right[key] else { return place }
        if let found = one.firstDifference(from: two, path: place) { return found }
      }
      return nil
    default:
      return self == other ? nil : here
    }
  }
}
