/// One way in which a tool meets a suspect, which rules may forbid.
public struct Access: RawRepresentable, Hashable, Sendable, Codable {
  /// The name in rules and records.
  public var rawValue: String

  /// Makes a way of access from its name.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// Runs the model forward.
  public static let runs = Access(rawValue: "runs")
  /// Reads or changes what the model computes inside while it runs.
  public static let activations = Access(rawValue: "activations")
  /// Reads its weights.
  public static let weights = Access(rawValue: "weights")
  /// Differentiates through it.
  public static let gradients = Access(rawValue: "gradients")
  /// Trains a model of its own, to compare with.
  public static let training = Access(rawValue: "training")

  /// Every way that there is.
  public static let all: [Access] = [.runs, .activations, .weights, .gradients, .training]

  /// What a tool does that needs it, for refusals: "running the model".
  public var words: String {
    switch self {
    case .runs: "running the model"
    case .activations: "looking at activations"
    case .weights: "reading weights"
    case .gradients: "taking gradients"
    case .training: "training a baseline"
    default: rawValue
    }
  }
}

extension Access: CustomStringConvertible {
  /// The name.
  public var description: String { rawValue }
}
