/// How large the difference between the weights of an organism and of its clean twin is.
public struct ChangeSize: Codable, Hashable, Sendable {
  /// One tensor that differs.
  public struct Part: Codable, Hashable, Sendable {
    /// The tensor's name in the checkpoint.
    public var name: String
    /// Frobenius norm of the difference over that of the twin's tensor.
    public var relativeNorm: Double
    /// Singular values of the difference above a hundredth of its largest; nil for vectors and for
    /// matrices that are too large to decompose here.
    public var rank: Int?

    /// Makes a record.
    public init(name: String, relativeNorm: Double, rank: Int?) {
      self.name = name
      self.relativeNorm = relativeNorm
      self.rank = rank
    }
  }

  /// Frobenius norm of the whole difference over that of all the twin's weights.
  public var relativeNorm: Double
  /// Weights that differ at all.
  public var changedWeights: Int
  /// All weights.
  public var weights: Int
  /// The tensors that differ, in the order of the checkpoint.
  public var parts: [Part]

  /// Makes a record.
  public init(relativeNorm: Double, changedWeights: Int, weights: Int, parts: [Part]) {
    self.relativeNorm = relativeNorm
    self.changedWeights = changedWeights
    self.weights = weights
    self.parts = parts
  }
}
