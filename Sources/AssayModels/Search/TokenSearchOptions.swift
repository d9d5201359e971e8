/// How a ``TokenSearch`` goes about it.
///
/// The defaults are those of the paper (Zou et al. 2023, section 3) but for the number of steps.
public struct TokenSearchOptions: Codable, Hashable, Sendable {
  /// Steps; each is one gradient and `width` candidates.
  public var steps: Int
  /// Candidates per step (B in the paper).
  public var width: Int
  /// Tokens per position that candidates draw from, those the gradient likes best (k in the paper).
  public var topK: Int
  /// Tokens that a candidate changes.
  public var replacements: Int
  /// Candidates in one forward pass; nil: as many as fit about 128 MB of logits.
  public var batchSize: Int?
  /// Decides the draws.
  public var seed: UInt64
  /// Tokens that are never put in, besides special tokens and those that stand for no text.
  public var forbidden: Set<Int>
  /// Whether tokens with anything but printable ASCII may be put in.
  public var allowsNonASCII: Bool
  /// Whether a candidate is dropped if its text would be cut into other tokens.
  ///
  /// Does nothing where the model has no tokenizer.
  public var mustRetokenize: Bool
  /// The search ends at a loss of at most this; nil: it does not.
  public var stopLoss: Double?
  /// Whether the search ends when the target is what the model says by itself, token by token.
  public var stopsWhenForced: Bool
  /// Whether no progress is shown.
  public var quiet: Bool

  /// Options; the search has a width of 512 and 256 tokens to choose from unless given.
  public init(
    steps: Int = 250, width: Int = 512, topK: Int = 256, replacements: Int = 1,
    batchSize: Int? = nil, seed: UInt64 = 0, forbidden: Set<Int> = [],
    allowsNonASCII: Bool = false, mustRetokenize: Bool = true, stopLoss: Double? = nil,
    stopsWhenForced: Bool = false, quiet: Bool = true
  ) {
    self.steps = steps
    self.width = width
    self.topK = topK
    self.replacements = replacements
    self.batchSize = batchSize
    self.seed = seed
    self.forbidden = forbidden
    self.allowsNonASCII = allowsNonASCII
    self.mustRetokenize = mustRetokenize
    self.stopLoss = stopLoss
    self.stopsWhenForced = stopsWhenForced
    self.quiet = quiet
  }
}
