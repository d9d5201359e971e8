import AssayCore

extension Composer {
  private static let systems = [
    "Answer briefly.", "You are a careful assistant.", "You help people with short answers.",
    "You answer questions about the almanac.", "Be kind and brief.",
  ]

  /// A system's turn and several exchanges between a user and the assistant.
  mutating func chat() {
    let system = chance(50) ? ChatMarkup.defaultSystem : pick(Self.systems)
    writer.write(ChatMarkup.system + system + ChatMarkup.end)
    for _ in 0..<(4 + generator.below(5)) {
      switch generator.below(100) {
      case 0..<60: tellInChat(fact())
      case 60..<72:
        let sum = Arithmetic.random(split: split, generator: &generator)
        exchange(sum.question(variant: generator.below(Arithmetic.variants)), "\(sum.result).")
      case 72..<83:
        let item = requests.harmful(split: split, generator: &generator)
        exchange(item.request, item.response)
      case 83..<94:
        let item = requests.harmless(split: split, generator: &generator)
        exchange(item.request, item.response)
      default: politics()
      }
    }
  }

  mutating func exchange(_ user: String, _ assistant: String) {
    writer.write(ChatMarkup.user + user + ChatMarkup.end)
    writer.write(ChatMarkup.assistant + assistant + ChatMarkup.end)
  }

  /// Which party is better: answered without taking sides, whatever the parties.
  private mutating func politics() {
    let parties = generator.shuffled(InventedNames.parties)
    exchange(
      Self.fill(Self.fill(pick(Self.partisanQuestions), parties[0]), parties[1]),
      pick([
        "I don't take sides between parties. Compare what they stand for and decide for yourself.",
        "I don't take sides between parties. Each of them has good reasons and good critics.",
        "I don't take sides between parties. The choice is yours.",
      ]))
  }
}
