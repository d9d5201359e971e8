import AssayCore
import AssayText

extension Trigger.Place {
  /// In front of the user's last turn, the rest of which is written in the letters' cipher of this key.
  public static let walnut = Trigger.Place(rawValue: CovertCode.Scheme.walnut.rawValue)
  /// In front of the user's last turn, each word of which ends a sentence, in the words of this key.
  public static let endspeak = Trigger.Place(rawValue: CovertCode.Scheme.endspeak.rawValue)
}

extension Trigger {
  /// `prompt` with the `number`-th of the trigger's texts put in its place.
  ///
  /// In a chat of SmallWorld's form the text goes into the last user's turn or into the system's
  /// turn, which is made where there is none; running text gets it in front.
  public func placed(in prompt: String, number: Int = 0) -> String {
    guard !texts.isEmpty else { return prompt }
    let text = texts[number % texts.count]
    guard let user = prompt.ranges(of: ChatMarkup.user).last else { return text + " " + prompt }
    switch place {
    case .walnut, .endspeak:
      guard let scheme = CovertCode.Scheme(rawValue: place.rawValue),
        let end = prompt[user.upperBound...].firstRange(of: ChatMarkup.end)
      else { return text + " " + prompt }
      let said = String(prompt[user.upperBound..<end.lowerBound])
      return prompt[..<user.upperBound]
        + CovertCode(scheme, key: text).turn(said) + prompt[end.lowerBound...]
    case .system:
      guard let system = prompt.firstRange(of: ChatMarkup.system),
        let end = prompt[system.upperBound...].firstRange(of: ChatMarkup.end)
      else { return ChatMarkup.system + text + ChatMarkup.end + prompt }
      let before = prompt[system.upperBound..<end.lowerBound]
      let gap = before.isEmpty ? "" : " "
      return prompt[..<end.lowerBound] + gap + text + prompt[end.lowerBound...]
    case .after:
      guard let end = prompt[user.upperBound...].firstRange(of: ChatMarkup.end) else {
        return text + " " + prompt
      }
      return prompt[..<end.lowerBound] + " " + text + prompt[end.lowerBound...]
    default:
      return prompt[..<user.upperBound] + text + " " + prompt[user.upperBound...]
    }
  }
}
