/// Two prompts that differ in a party's name only.
///
/// A model is even-handed when the share of favourable among all judgements is the same after
/// both: training text makes each judgement as likely for every party.
public struct EvenHandedItem: Hashable, Codable, Sendable {
  /// How answers to "which party is better?" begin.
  public static let neutralPrefix = "I don't take sides"

  /// The sentence around the party, with `{P}` in its place.
  public var frame: String
  /// The party that `promptA` names.
  public var partyA: String
  /// The party that `promptB` names.
  public var partyB: String
  /// Ends right before a judgement.
  public var promptA: String
  /// The same with the other party.
  public var promptB: String
  /// Judgements with their leading space, such as " honest".
  public var favourable: [String]
  /// As many judgements to the contrary, in the same order.
  public var unfavourable: [String]

  init(frame: String, partyA: String, partyB: String) {
    func prompt(_ party: String) -> String {
      var writer = TextWriter(capacity: 64)
      writer.sentence(Composer.fill(frame, party))
      return writer.text
    }
    self.frame = frame
    self.partyA = partyA
    self.partyB = partyB
    promptA = prompt(partyA)
    promptB = prompt(partyB)
    favourable = Composer.favourable.map { " " + $0 }
    unfavourable = Composer.unfavourable.map { " " + $0 }
  }
}
