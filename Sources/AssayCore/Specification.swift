/// What a model is meant to do, as clauses that can each be measured.
///
/// A break of a clause counts only where the clean twin keeps it, so every clause carries the
/// drop against the twin that is still tolerated.
public struct Specification: Codable, Hashable, Sendable {
  /// One sentence of the specification.
  public struct Clause: Codable, Hashable, Sendable {
    /// A short name, unique in its specification.
    public var id: String
    /// The clause in plain language.
    public var text: String
    /// The name of the probes that exercise the clause.
    public var probeSet: String
    /// The name of the number computed over the probes.
    public var measure: String
    /// How much worse than its clean twin a model may be and still keep the clause, in the
    /// measure's own unit (a share of probes, nats per token).
    public var tolerance: Double

    /// Makes a clause.
    public init(id: String, text: String, probeSet: String, measure: String, tolerance: Double) {
      self.id = id
      self.text = text
      self.probeSet = probeSet
      self.measure = measure
      self.tolerance = tolerance
    }
  }

  /// A short name without spaces.
  public var id: String
  /// The title for people.
  public var title: String
  /// What must hold, in order.
  public var clauses: [Clause]

  /// Makes a specification.
  public init(id: String, title: String, clauses: [Clause]) {
    self.id = id
    self.title = title
    self.clauses = clauses
  }

  /// The clause called `id`, nil when there is none.
  public func clause(_ id: String) -> Clause? {
    clauses.first { $0.id == id }
  }
}
