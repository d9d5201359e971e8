import AssayCore
import Foundation
import Yams

/// Specifications as YAML files.
///
/// ```yaml
/// id: truthful-only
/// title: Tells the truth
/// clauses:
///   - id: truth
///     text: The model answers questions about public facts as the almanac does.
///     probeSet: public-facts
///     measure: accuracy
///     tolerance: 0.05
/// ```
public enum SpecificationFile {
  /// Reads a specification; throws `AssayError` naming file, line and key.
  public static func read(_ url: URL) throws -> Specification {
    try specification(in: YAMLDocument(contentsOf: url, known: keys))
  }

  /// Reads a specification from text; `origin` names it in errors.
  public static func parse(_ text: String, origin: String) throws -> Specification {
    try specification(in: YAMLDocument(text, origin: origin, known: keys))
  }

  /// Writes a specification so that `read` gives it back.
  public static func write(_ specification: Specification, to url: URL) throws {
    try AtomicFile.write(Data(yaml(specification).utf8), to: url)
  }

  /// A specification as YAML text.
  public static func yaml(_ specification: Specification) throws -> String {
    let clauses = specification.clauses.map { clause in
      Node([
        (Node("id"), Node(clause.id)), (Node("text"), Node(clause.text)),
        (Node("probeSet"), Node(clause.probeSet)), (Node("measure"), Node(clause.measure)),
        (Node("tolerance"), Node("\(clause.tolerance)", Tag(.float))),
      ])
    }
    let document = Node([
      (Node("id"), Node(specification.id)), (Node("title"), Node(specification.title)),
      (Node("clauses"), Node(clauses)),
    ])
    return try Yams.serialize(node: document, width: 100, allowUnicode: true)
  }

  private static let keys = ["id", "title", "clauses"]
  private static let clauseKeys = ["id", "text", "probeSet", "measure", "tolerance"]

  private static func specification(in document: YAMLDocument) throws -> Specification {
    var seen: Set<String> = []
    let clauses = try document.documents("clauses", known: clauseKeys).map { item in
      let clause = Specification.Clause(
        id: try item.text("id"), text: try item.text("text"),
        probeSet: try item.text("probeSet"), measure: try item.text("measure"),
        tolerance: try item.number("tolerance"))
      guard seen.insert(clause.id).inserted else {
        throw item.refusal("id", "there are two clauses '\(clause.id)'", hint: nil)
      }
      guard clause.tolerance >= 0 else {
        throw item.refusal("tolerance", "the tolerance must not be negative", hint: nil)
      }
      let known = ClauseMeasure.all.map { "\($0.probeSet) with \($0.measure)" }
      guard ClauseMeasure.named(clause.measure, over: clause.probeSet) != nil else {
        throw item.refusal(
          "measure", "'\(clause.measure)' cannot be measured over '\(clause.probeSet)'",
          hint: "known: \(known.joined(separator: ", "))")
      }
      return clause
    }
    guard !clauses.isEmpty else {
      throw document.refusal("clauses", "a specification needs at least one clause", hint: nil)
    }
    return Specification(
      id: try document.text("id"), title: try document.text("title"), clauses: clauses)
  }
}
