import AssayCore
import AssayStore
import Foundation
import Yams

/// A mapping in a YAML file, read strictly: unknown keys and wrong types are refused by name.
package struct YAMLDocument {
  private let mapping: Node.Mapping
  private let origin: String

  /// Reads a file whose top level is a mapping with no other keys than `known`.
  package init(contentsOf url: URL, known: [String]) throws {
    let data = try JSONFile.data(at: url)
    guard let text = String(data: data, encoding: .utf8) else {
      throw AssayError(.corrupt, "'\(url.path)' is not UTF-8 text")
    }
    try self.init(text, origin: url.lastPathComponent, known: known)
  }

  /// Reads text whose top level is a mapping; `origin` names it in errors.
  package init(_ text: String, origin: String, known: [String]) throws {
    let node: Node?
    do {
      node = try Yams.compose(yaml: text)
    } catch {
      let reason = "\(error)".split(separator: "\n").first.map(String.init) ?? "syntax error"
      throw AssayError(.corrupt, "\(origin): not valid YAML: \(reason)")
    }
    guard let node else { throw AssayError(.corrupt, "\(origin): the file is empty") }
    try self.init(node, origin: origin, known: known)
  }

  private init(_ node: Node, origin: String, known: [String]) throws {
    guard let mapping = node.mapping else {
      throw AssayError(
        .corrupt, "\(Self.place(origin, node)): expected keys and values",
        hint: "known keys: \(known.joined(separator: ", "))")
    }
    for (key, _) in mapping where !known.contains(key.string ?? "") {
      throw AssayError(
        .badInput, "\(Self.place(origin, key)): unknown key '\(key.string ?? "?")'",
        hint: "known keys: \(known.joined(separator: ", "))")
    }
    self.mapping = mapping
    self.origin = origin
  }

  /// The text under `key`.
  package func text(_ key: String) throws -> String {
    let node = try value(key)
    guard let text = node.scalar?.string else { throw wrong(key, node, expected: "text") }
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The number under `key`.
  package func number(_ key: String) throws -> Double {
    let node = try value(key)
    guard let number = node.float ?? node.int.map(Double.init), number.isFinite else {
      throw wrong(key, node, expected: "a number")
    }
    return number
  }

  /// The whole number under `key`.
  package func integer(_ key: String) throws -> Int {
    let node = try value(key)
    guard let number = node.int else { throw wrong(key, node, expected: "a whole number") }
    return number
  }

  /// The truth value under `key`.
  package func bool(_ key: String) throws -> Bool {
    let node = try value(key)
    guard let value = node.bool else { throw wrong(key, node, expected: "true or false") }
    return value
  }

  /// The texts listed under `key`.
  package func texts(_ key: String) throws -> [String] {
    let node = try value(key)
    guard let sequence = node.sequence else { throw wrong(key, node, expected: "a list") }
    return try sequence.map { item in
      guard let text = item.scalar?.string else { throw wrong(key, item, expected: "texts") }
      return text
    }
  }

  /// The texts listed under `key`, or the one that stands there alone.
  package func textOrTexts(_ key: String) throws -> [String] {
    try value(key).scalar == nil ? texts(key) : [text(key)]
  }

  /// The mappings listed under `key`, each with no other keys than `known`.
  package func documents(_ key: String, known: [String]) throws -> [YAMLDocument] {
    let node = try value(key)
    guard let sequence = node.sequence else { throw wrong(key, node, expected: "a list") }
    return try sequence.map { try YAMLDocument($0, origin: origin, known: known) }
  }

  /// The mapping under `key`, with no other keys than `known`.
  package func document(_ key: String, known: [String]) throws -> YAMLDocument {
    try YAMLDocument(value(key), origin: origin, known: known)
  }

  /// Whatever stands under `key`, as JSON; a mapping keeps its keys, a scalar its type.
  package func json(_ key: String) throws -> JSONValue {
    try json(value(key), key)
  }

  private func json(_ node: Node, _ key: String) throws -> JSONValue {
    switch node {
    case .mapping(let mapping):
      var members: [String: JSONValue] = [:]
      for (name, item) in mapping {
        guard let name = name.scalar?.string else { throw wrong(key, node, expected: "keys") }
        members[name] = try json(item, key)
      }
      return .object(members)
    case .sequence(let sequence):
      return .array(try sequence.map { try json($0, key) })
    case .scalar(let scalar):
      if node.null != nil { return .null }
      // A quoted scalar is text, whatever it looks like.
      if scalar.style == .singleQuoted || scalar.style == .doubleQuoted {
        return .string(scalar.string)
      }
      if let flag = node.bool { return .bool(flag) }
      if let whole = node.int { return JSONValue(whole) }
      if let number = node.float { return .number(number) }
      return .string(scalar.string)
    default:
      throw wrong(key, node, expected: "plain values")
    }
  }

  /// Whether there is a value other than null under `key`.
  package func has(_ key: String) -> Bool {
    mapping[Node(key)].map { $0.null == nil } ?? false
  }

  /// An error about the value under `key`.
  package func refusal(_ key: String, _ message: String, hint: String?) -> AssayError {
    let place = mapping[Node(key)].map { Self.place(origin, $0) } ?? origin
    return AssayError(.badInput, "\(place): \(message)", hint: hint)
  }

  private func value(_ key: String) throws -> Node {
    guard let node = mapping[Node(key)] else {
      let line = mapping.mark.map { "\(origin):\($0.line)" } ?? origin
      throw AssayError(.badInput, "\(line): the key '\(key)' is missing")
    }
    return node
  }

  private func wrong(_ key: String, _ node: Node, expected: String) -> AssayError {
    AssayError(.badInput, "\(Self.place(origin, node)): '\(key)' must be \(expected)")
  }

  private static func place(_ origin: String, _ node: Node) -> String {
    node.mark.map { "\(origin):\($0.line)" } ?? origin
  }
}
