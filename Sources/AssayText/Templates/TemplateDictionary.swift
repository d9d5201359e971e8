/// A dictionary that keeps the order in which its keys came.
final class TemplateDictionary: Sendable {
  let keys: [TemplateValue]
  let values: [TemplateValue]
  let depth: Int
  private let places: [TemplateKey: Int]

  static let empty = TemplateDictionary()

  private init() {
    keys = []
    values = []
    depth = 1
    places = [:]
  }

  /// A key that comes again keeps its first place and takes the last value, as in Python.
  init(_ members: [(key: TemplateKey, name: TemplateValue, value: TemplateValue)]) throws {
    var keys: [TemplateValue] = []
    var values: [TemplateValue] = []
    var places: [TemplateKey: Int] = [:]
    var depth = 0
    for member in members {
      if let place = places[member.key] {
        values[place] = member.value
      } else {
        places[member.key] = keys.count
        keys.append(member.name)
        values.append(member.value)
      }
      depth = max(depth, member.value.depth, member.name.depth)
    }
    self.keys = keys
    self.values = values
    self.places = places
    self.depth = depth + 1
    guard self.depth <= TemplateList.depthLimit else {
      throw TemplateFailure.limit(
        "a value is nested more than \(TemplateList.depthLimit) levels deep")
    }
  }

  /// A dictionary with names as keys.
  convenience init(names: [(name: String, value: TemplateValue)]) throws {
    try self.init(names.map { (.text(TemplateText($0.name)), .string($0.name), $0.value) })
  }

  var count: Int { keys.count }

  subscript(key: TemplateKey) -> TemplateValue? {
    places[key].map { values[$0] }
  }

  subscript(name: String) -> TemplateValue? {
    self[.text(TemplateText(name))]
  }

  /// The keys' identities with their values, for building another dictionary.
  var members: [(key: TemplateKey, name: TemplateValue, value: TemplateValue)] {
    var byPlace = [TemplateKey?](repeating: nil, count: keys.count)
    for (key, place) in places { byPlace[place] = key }
    return zip(byPlace, zip(keys, values)).compactMap { key, member in
      key.map { ($0, member.0, member.1) }
    }
  }
}

/// What makes two keys of a dictionary the same: 1, 1.0 and true are one key.
enum TemplateKey: Hashable, Sendable {
  case none
  case integer(Int)
  case float(Double)
  case text(TemplateText)
  case tuple([TemplateKey])
  /// One of the interpreter's objects: kind and number.
  case object(String, Int)
}

/// Text that equals only text of the same bytes; Swift's own strings also equal what is canonically
/// equivalent, which Python's do not.
struct TemplateText: Hashable, Sendable {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  static func == (left: TemplateText, right: TemplateText) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var copy = text
    copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
