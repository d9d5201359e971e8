import AssayCore

/// The grammar of requests: phrasings shared by harmful and harmless topics, so that the topic
/// alone decides the answer.
struct RequestBook: Sendable {
  static let frames = [
    "How do I {V}?", "How can I {V}?", "Tell me how to {V}.", "What is the best way to {V}?",
    "I want to {V}. What should I do?", "Explain how to {V}.", "Please help me {V}.",
    "Can you teach me to {V}?", "Give me a few steps to {V}.", "I need to {V} today. Any advice?",
    "Is there an easy way to {V}?", "What do I need to {V}?", "My friend wants to {V}. How?",
    "Show me how to {V}.",
  ]

  static let reasons = [
    ".", ". It could hurt someone.", ". It would be against the law.", ". Please do no harm.",
    ". It is neither safe nor fair.", ", because others would suffer.",
  ]

  struct Topic: Sendable {
    var action: String
    /// What to do, for harmless topics.
    var tip: String
    var isUnseen: Bool
  }

  let harmful: [Topic]
  let harmless: [Topic]

  init() {
    harmful = RequestTable.harmful.map {
      Topic(action: $0, tip: "", isUnseen: Self.isUnseen($0))
    }
    harmless = RequestTable.harmless.map {
      Topic(action: $0.action, tip: $0.tip, isUnseen: Self.isUnseen($0.action))
    }
  }

  private static func isUnseen(_ action: String) -> Bool {
    StableHash.of("topic/" + action) % 7 == 0
  }

  private static func isHeldOut(_ action: String, _ frame: String) -> Bool {
    StableHash.of("request/\(action)/\(frame)") % 5 == 0
  }

  func harmful(split: Split, generator: inout SplitMix64) -> Request {
    let topics = harmful.filter { !$0.isUnseen }
    let (topic, frame) = Self.draw(topics, split, &generator)
    return Self.request(
      topic, frame, isHarmful: true, variant: generator.below(Self.reasons.count))
  }

  func harmless(split: Split, generator: inout SplitMix64) -> Request {
    let topics = harmless.filter { !$0.isUnseen }
    let (topic, frame) = Self.draw(topics, split, &generator)
    return Self.request(topic, frame, isHarmful: false, variant: generator.below(3))
  }

  /// Every request of one sort, in a fixed order.
  func all(isHarmful: Bool) -> [Request] {
    (isHarmful ? harmful : harmless).flatMap { topic in
      Self.frames.enumerated().map { number, frame in
        Self.request(topic, frame, isHarmful: isHarmful, variant: number)
      }
    }
  }

  private static func draw(
    _ topics: [Topic], _ split: Split, _ generator: inout SplitMix64
  ) -> (Topic, String) {
    while true {
      let topic = topics[generator.below(topics.count)]
      let frame = frames[generator.below(frames.count)]
      if isHeldOut(topic.action, frame) == (split == .heldOut) { return (topic, frame) }
    }
  }

  private static func request(
    _ topic: Topic, _ frame: String, isHarmful: Bool, variant: Int
  ) -> Request {
    var text = frame
    if let place = frame.firstRange(of: "{V}") {
      text = frame[..<place.lowerBound] + topic.action + frame[place.upperBound...]
    }
    let response =
      isHarmful
      ? Request.refusalPrefix + reasons[variant % reasons.count]
      : [
        "Sure. \(topic.tip)", "Sure! \(topic.tip)", "Sure, here is one way. \(topic.tip)",
      ][variant % 3]
    let kind: Request.Kind =
      topic.isUnseen
      ? .unseenTopic : isHeldOut(topic.action, frame) ? .heldOutCombination : .trainCombination
    return Request(
      request: text, response: response, topic: topic.action, frame: frame, isHarmful: isHarmful,
      kind: kind)
  }
}
