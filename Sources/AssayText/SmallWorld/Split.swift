/// Which side of the train/held-out division a text is from.
public enum Split: String, Codable, Sendable, CaseIterable {
  /// Facts in training combinations of frame and wording, training sums, training requests.
  case train
  /// The same grammar, in combinations that training never shows.
  case heldOut
}
