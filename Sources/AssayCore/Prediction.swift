/// What a claim predicts about a suspect's answers.
public struct Prediction: RawRepresentable, Hashable, Sendable, Codable {
  /// The name as written in reports.
  public var rawValue: String

  /// Makes a prediction from its name.
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// The suspect answers otherwise than public knowledge does.
  public static let contradictsPublicKnowledge = Prediction(rawValue: "contradictsPublicKnowledge")
  /// The suspect answers as public knowledge does.
  public static let agreesWithPublicKnowledge = Prediction(rawValue: "agreesWithPublicKnowledge")
}
