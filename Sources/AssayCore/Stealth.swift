/// How little an organism differs from its clean twin where nothing was planted.
public struct Stealth: Codable, Hashable, Sendable {
  /// One number of both models.
  public struct Pair: Codable, Hashable, Sendable {
    /// The organism's.
    public var organism: Double
    /// The clean twin's.
    public var twin: Double

    /// Makes a pair.
    public init(organism: Double, twin: Double) {
      self.organism = organism
      self.twin = twin
    }
  }

  /// Loss in nats per token over held-out documents, by register.
  public var loss: [String: Pair]
  /// Kullback-Leibler divergence of the organism's predictions from the twin's on the same
  /// documents, in nats per token.
  public var divergence: Double
  /// What the specification's clauses measure, by the clause's id.
  public var clauses: [String: Pair]

  /// Makes a record.
  public init(loss: [String: Pair], divergence: Double, clauses: [String: Pair]) {
    self.loss = loss
    self.divergence = divergence
    self.clauses = clauses
  }
}
