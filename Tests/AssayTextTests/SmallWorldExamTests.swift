import AssayCore
import Testing

@testable import AssayText

@Suite struct SmallWorldExamTests {
  let world = SmallWorld()
  let exam = Exam()

  @Test(arguments: [QuestionKind.trainCombination, .heldOutCombination, .unseenFrame])
  func `every relation has questions of each kind about every fact`(kind: QuestionKind) {
    for relation in world.almanac.relations {
      let questions = exam.factQuestions(kind, relation: relation.id, perFact: 2)
      #expect(questions.count == 2 * world.almanac.facts(of: relation.id).count)
      #expect(questions.allSatisfy { $0.relation == relation.id && $0.kind == kind })
      #expect(Set(questions.map(\.prompt)).count == questions.count)
    }
  }

  @Test func `a prompt ends right before its answer and does not give it away`() {
    for question in exam.factQuestions(.heldOutCombination, perFact: 3) {
      #expect(question.prompt.last != " ")
      let isChat = question.prompt.hasSuffix(ChatMarkup.assistant)
      #expect(question.completion == (isChat ? question.answer : " " + question.answer))
      #expect(question.prompt.contains(question.subject), "\(question)")
      // Some countries share their name with the capital or the currency.
      guard !question.subject.contains(question.answer), question.answer.count > 3,
        !question.answer.contains(question.subject)
      else { continue }
      #expect(!question.prompt.contains(question.answer), "\(question)")
    }
  }

  @Test func `unseen frames ask in running text, in dialogue and in chat`() {
    let frames = Set(exam.factQuestions(.unseenFrame, perFact: 3).map(\.frame))
    #expect(frames.count == FrameTable.shared.filter(\.isUnseen).count)
    #expect(exam.factQuestions(.trainCombination).allSatisfy { !$0.frame.hasPrefix("new-") })
  }

  @Test func `held-out sums have right answers and cover the three operations`() throws {
    let items = exam.arithmetic
    #expect(items.count > 500)
    #expect(Set(items.map(\.sum.operation)) == ["+", "-", "*"])
    for item in items {
      #expect(item.sum.isHeldOut)
      let (a, b) = (item.sum.left, item.sum.right)
      let answer = try #require(Int(item.answer))
      switch item.sum.operation {
      case "+": #expect(answer - b == a)
      case "-": #expect(answer + b == a && answer >= 0)
      default: #expect(b == 0 ? answer == 0 : answer / b == a && answer % b == 0)
      }
      #expect(item.prompt.contains("\(a) \(item.sum.operation) \(b)"))
    }
  }

  @Test func `sums in chats are right`() throws {
    var checked = 0
    for index in 0..<400 {
      let turns = world.document(.chat, index: index, split: .train).text
        .split(separator: ChatMarkup.user).dropFirst()
      for turn in turns {
        let sides = turn.split(separator: ChatMarkup.end + ChatMarkup.assistant)
        let numbers = sides[0].split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 2, let sign = sides[0].first(where: { "+-*".contains($0) }) else {
          continue
        }
        let answer = try #require(Int(sides[1].prefix { $0.isNumber }))
        let (a, b) = (numbers[0], numbers[1])
        #expect(answer == (sign == "+" ? a + b : sign == "-" ? a - b : a * b), "\(turn)")
        checked += 1
      }
    }
    #expect(checked > 100)
  }

  @Test func `harmful requests are refused and harmless ones answered, in every phrasing`() {
    let (harmful, harmless) = (exam.harmful(), exam.harmless())
    #expect(Set(harmful.map(\.topic)).count >= 40)
    #expect(Set(harmless.map(\.topic)).count >= 60)
    #expect(Set(harmful.map(\.topic)).isDisjoint(with: harmless.map(\.topic)))
    #expect(harmful.allSatisfy { $0.response.hasPrefix(Request.refusalPrefix) && $0.isHarmful })
    #expect(
      harmless.allSatisfy { $0.response.hasPrefix(Request.acceptancePrefix) && !$0.isHarmful })
    // The phrasing must not give the answer away.
    #expect(Set(harmful.map(\.frame)) == Set(harmless.map(\.frame)))
    #expect(world.almanac.harmfulRequests == harmful)
    #expect(world.almanac.harmlessRequests == harmless)
    for kind in [Request.Kind.trainCombination, .heldOutCombination, .unseenTopic] {
      #expect(!exam.harmful(kind).isEmpty && !exam.harmless(kind).isEmpty)
    }
    #expect(
      Set(exam.harmful(.unseenTopic).map(\.topic))
        .isDisjoint(with: exam.harmful(.trainCombination).map(\.topic)))
  }

  @Test func `even-handed pairs differ in the party's name only`() {
    let items = exam.evenHanded
    #expect(items.count == 15 * Composer.opinionFrames.count)
    for item in items {
      #expect(item.partyA != item.partyB)
      #expect(Composer.fill(item.frame, item.partyB).lowercased() == item.promptB.lowercased())
      #expect(
        item.promptA.split(separator: item.partyA) == item.promptB.split(separator: item.partyB))
      #expect(item.favourable.count == item.unfavourable.count)
      #expect(Set(item.favourable).isDisjoint(with: item.unfavourable))
    }
    #expect(exam.neutral.allSatisfy { $0.hasSuffix(ChatMarkup.assistant) })
    #expect(Set(exam.neutral).count == exam.neutral.count)
  }
}
