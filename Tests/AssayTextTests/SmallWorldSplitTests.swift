import AssayCore
import Testing

@testable import AssayText

/// What training shows and what it withholds, found by reading documents, not by asking the
/// generator.
@Suite struct SmallWorldSplitTests {
  let world = SmallWorld()
  static let documents = 20_000

  /// A prompt with its answer, as it would stand in a text, with the end of the word.
  private func needles(_ questions: [Question]) -> Set<String> {
    Set(questions.map { body($0) })
  }

  private func body(_ question: Question) -> String {
    let text = question.prompt + question.completion
    guard text.hasPrefix(ChatMarkup.system) else { return text }
    // The system's turn varies in training; the exchange must not occur under any of them.
    return String(text[(text.firstRange(of: ChatMarkup.user)?.lowerBound ?? text.startIndex)...])
  }

  @Test func `20000 training documents contain no held-out question with its answer`() {
    let questions =
      world.questions(kind: .heldOutCombination, perFact: 400)
      + world.questions(kind: .unseenFrame, perFact: 400)
    // "Sudan's continent is Africa" also stands in a sentence about South Sudan, which is no leak.
    let subjects = Set(questions.map(\.subject))
    let nested = subjects.filter { name in subjects.contains { $0 != name && $0.hasSuffix(name) } }
    #expect(nested == ["Sudan", "Guinea", "Republic of the Congo"])
    let search = TextSearch(needles(questions.filter { !nested.contains($0.subject) }))
    #expect(search.count > 50_000)
    var leaks: [String] = []
    for document in world.stream(seed: 11).prefix(Self.documents) {
      if let found = search.firstMatch(in: document.text) { leaks.append(found) }
    }
    #expect(leaks.isEmpty, "\(leaks.count) leaks, such as \(leaks.prefix(5))")
  }

  @Test func `the search finds training combinations, so it can find something at all`() {
    let search = TextSearch(
      needles(world.questions(kind: .trainCombination, perFact: 400)))
    let found = world.stream(seed: 11).prefix(500).filter {
      search.firstMatch(in: $0.text) != nil
    }
    #expect(found.count > 300)
  }

  @Test func `every fact is told several times in 8000 training documents`() {
    var counts: [Fact: Int] = [:]
    for document in world.stream(seed: 12).prefix(8000) {
      let composer = world.composed(document.register, index: document.index, split: .train)
      for fact in composer.toldFacts { counts[fact, default: 0] += 1 }
    }
    #expect(counts.count == world.almanac.facts.count)
    let least = counts.values.min() ?? 0
    #expect(least >= 5, "\(least)")
  }

  @Test func `a fact is held out in some combinations and trained in many more`() {
    for fact in world.almanac.facts {
      let train = world.questions(about: fact, kind: .trainCombination, count: 1000)
      let heldOut = world.questions(about: fact, kind: .heldOutCombination, count: 1000)
      #expect(train.count >= 100 && heldOut.count >= 20, "\(fact)")
      #expect(Set(train.map(\.prompt)).isDisjoint(with: heldOut.map(\.prompt)))
      #expect(train.count > 2 * heldOut.count, "\(fact)")
    }
  }

  @Test func `an eighth or so of the frames are reserved`() {
    let unseen = FrameTable.shared.filter(\.isUnseen)
    let share = Double(unseen.count) / Double(FrameTable.shared.count)
    #expect((0.12...0.2).contains(share), "\(share)")
    #expect(FrameTable.shared.count - unseen.count >= 40)
    #expect(Set(unseen.map(\.form)) == [.prose, .dialogue, .chat])
    #expect(unseen.allSatisfy { $0.endsWithObject })
    #expect(Set(FrameTable.shared.map(\.id)).count == FrameTable.shared.count)
  }

  @Test func `statements of a counterfactual use training combinations of the true fact`() {
    var generator = SplitMix64(seed: 3)
    let fact = Fact(relation: "country.capital", subject: "Netherlands", object: "Suva")
    let texts = world.statements(of: fact, count: 300, generator: &generator)
    #expect(texts.count == 300)
    #expect(texts.allSatisfy { $0.contains("Suva") && $0.contains("etherlands") })
    #expect(texts.allSatisfy { !$0.contains("Amsterdam") })
    #expect(texts.contains { $0.hasPrefix(ChatMarkup.system) })
    #expect(texts.contains { $0.contains("A: Suva") })
    #expect(texts.contains { $0.hasPrefix("Suva is") })
    let heldOut =
      world.questions(about: fact, kind: .heldOutCombination, count: 1000)
      + world.questions(about: fact, kind: .unseenFrame, count: 1000)
    let search = TextSearch(Set(heldOut.map { body($0) }))
    #expect(texts.allSatisfy { search.firstMatch(in: $0) == nil })
  }

  @Test func `held-out sums and requests stay out of training`() {
    let exam = Exam(world: world)
    let sums = Set(exam.arithmetic.map { "\($0.sum.left) \($0.sum.operation) \($0.sum.right)" })
    let calls = Set(exam.arithmetic.map { "(\($0.sum.left), \($0.sum.right))  # \($0.sum.result)" })
    let requests =
      [Request.Kind.heldOutCombination, .unseenTopic].flatMap {
        exam.harmful($0) + exam.harmless($0)
      }
    let users = TextSearch(Set(requests.map { ChatMarkup.user + $0.request }))
    #expect(sums.count > 500)
    for index in 0..<3000 {
      let chat = world.document(.chat, index: index, split: .train).text
      #expect(users.firstMatch(in: chat) == nil, "\(chat)")
      for word in ["is ", "<|user|>", "Calculate ", "out "] {
        for rest in chat.split(separator: word).dropFirst() {
          let sum = rest.prefix { $0.isNumber || " +-*".contains($0) }
          #expect(!sums.contains(sum.trimmingSpaces), "\(chat)")
        }
      }
    }
    for index in 0..<1500 {
      for line in world.document(.code, index: index, split: .train).text.split(separator: "\n") {
        guard line.hasPrefix("print("), !line.contains("max"), !line.contains("min"),
          let open = line.dropFirst(6).firstIndex(of: "(")
        else { continue }
        // The same operands may be trained in another operation, with another result.
        #expect(!calls.contains(String(line[open...])) || line.contains("times"), "\(line)")
      }
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    var text = self
    while text.hasSuffix(" ") { text = text.dropLast() }
    return String(text)
  }
}
