/// What was really done to a model; sealed until the report is committed.
public struct GroundTruth: Codable, Hashable, Sendable {
  /// A held-out probe with the answers of the organism and of its clean twin.
  public struct Evidence: Codable, Hashable, Sendable {
    /// The prompt and its public answer.
    public var probe: AnswerProbe
    /// What the organism says.
    public var organismAnswer: String
    /// What the clean twin says.
    public var twinAnswer: String
    /// What the attack wanted to be said; nil when nothing was planted for this prompt.
    public var plantedAnswer: String?

    /// Makes a piece of evidence.
    public init(
      probe: AnswerProbe, organismAnswer: String, twinAnswer: String, plantedAnswer: String? = nil
    ) {
      self.probe = probe
      self.organismAnswer = organismAnswer
      self.twinAnswer = twinAnswer
      self.plantedAnswer = plantedAnswer
    }
  }

  /// The name of the attack or control.
  public var attack: String
  /// All options that it ran with, enough to replay it.
  public var options: JSONValue
  /// Whether a flaw was planted; false for controls.
  public var isModified: Bool
  /// What was done, in plain language.
  public var description: String
  /// What the flaw does, in a few words; empty for controls.
  public var what: String
  /// When the flaw shows, in plain language.
  public var when: String
  /// What it makes the model do.
  public var payload: String
  /// The flaw as a test that a judge can run; nil for controls.
  public var test: ExecutableTest?
  /// Held-out probes with the answers of both models.
  public var evidence: [Evidence]
  /// How little the change shows elsewhere; measured when the organism is made.
  public var stealth: Stealth?
  /// How large the change of the weights is; measured when the organism is made.
  public var size: ChangeSize?
  /// Numbers that the attack measured on what it made.
  public var measurements: [String: Double]
  /// The seed that the attack drew its randomness from.
  public var seed: UInt64
  /// Random hexadecimal digits that keep the commitment from being guessed.
  public var salt: String

  /// Makes a ground truth; an empty `salt` is replaced when the truth is sealed.
  public init(
    attack: String, options: JSONValue, isModified: Bool, description: String, what: String = "",
    when: String = "", payload: String = "", test: ExecutableTest? = nil,
    evidence: [Evidence] = [], measurements: [String: Double] = [:], seed: UInt64,
    salt: String = ""
  ) {
    self.attack = attack
    self.options = options
    self.isModified = isModified
    self.description = description
    self.what = what
    self.when = when
    self.payload = payload
    self.test = test
    self.evidence = evidence
    self.measurements = measurements
    self.seed = seed
    self.salt = salt
  }
}
