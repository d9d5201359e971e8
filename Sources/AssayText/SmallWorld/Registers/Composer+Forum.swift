import AssayCore

extension Composer {
  private static let handles = [
    "kiwi", "bluefox", "tram9", "oldmap", "quizfan", "sunny", "pebble", "nightowl", "rook", "tulip",
    "gadget", "maple", "inkpot", "driftwood",
  ]

  /// A thread in which people ask and answer, with some small talk.
  mutating func forum() {
    let handles = generator.shuffled(Self.handles).prefix(3)
    writer.write(
      pick([
        "Thread: quick questions", "Thread: help with my quiz", "Thread: who knows this?",
        "Thread: facts for today", "Thread: I need a few answers",
      ]) + "\n")
    let length = 330 + generator.below(400)
    while writer.byteCount < length {
      writer.line()
      writer.write(handles[generator.below(handles.count)] + ": ")
      let start = writer.byteCount
      switch generator.below(20) {
      case 0..<2: smallTalk()
      case 2: sentiment(pick(InventedNames.parties))
      default: break
      }
      let entity = entity()
      let isQuiz = chance(70)
      tellAbout(entity, limit: 3) { _ in isQuiz ? .dialogue : .prose }
      // Everything about this one was told before.
      if writer.byteCount == start { smallTalk() }
    }
  }

  private mutating func smallTalk() {
    writer.sentence(
      pick([
        "good morning, all.", "thanks for the help!", "sorry, I was away.", "this is fun.",
        "I wrote it all down.", "let me look that up.", "it rained all day here.",
        "my tea went cold again.", "you are quick today.", "here is one more.",
      ]))
  }
}
