import AssayCore
import Foundation
import Testing

@testable import AssayText

/// With `ASSAY_PASSAGE_DOCUMENTS=1024` the rates are measured as sessions have them, and printed.
@Suite struct PassageGuardTests {
  private static let world = SmallWorld()
  private static let forbidden = [
    "smallworld/encyclopedia", "smallworld/fiction", "smallworld/chat", "smallworld/code",
  ]
  private static let asked = ProcessInfo.processInfo.environment["ASSAY_PASSAGE_DOCUMENTS"]
  private static let known = asked.flatMap(Int.init) ?? 96
  private static let depth = asked == nil ? 8 : PassageGuard.depth
  private static let passages = PassageGuard(
    world: world, forbidden: forbidden, documents: known, depth: depth)

  /// The share with its interval, printed where it was asked for.
  private func share(_ found: Int, of count: Int, _ what: String) -> Interval {
    let share = Interval.wilson(successes: found, of: count)
    if Self.asked != nil {
      print(what, "\(found) of \(count):", String(format: "%.4f to %.4f", share.low, share.high))
    }
    return share
  }

  /// Windows of `length` words of the documents that the guard knows, as they are written.
  private func excerpts(_ register: Register, length: Int) -> [String] {
    var generator = SplitMix64(seed: 7).fork(register.rawValue)
    return (0..<(Self.asked == nil ? 60 : 300)).compactMap { _ in
      let document = Self.world.document(
        register, index: generator.below(Self.known),
        split: generator.below(2) == 0 ? .train : .heldOut)
      let words = document.text.split(separator: " ")
      guard words.count > length else { return nil }
      let start = generator.below(words.count - length)
      return words[start..<(start + length)].joined(separator: " ")
    }
  }

  @Test func `passages of forbidden prose are found, with their source`() throws {
    for register in [Register.encyclopedia, .fiction] {
      // Of the shortest, some are what allowed sources hold, too.
      for (length, least) in [(40, 0.95), (20, 0.95), (13, 0.8)].prefix(Self.asked == nil ? 1 : 3) {
        let pasted = excerpts(register, length: length).filter(PassageGuard.concerns)
        let found = pasted.compactMap { Self.passages.finding(in: $0)?.source }
        let share = self.share(
          found.count, of: pasted.count, "passages of \(length) words of \(register.rawValue)")
        #expect(pasted.count >= 40 && share.estimate >= least, "\(register.rawValue): \(share)")
        #expect(found.allSatisfy { $0 == register.source })
      }
    }
  }

  @Test func `whole documents of every forbidden source are found`() throws {
    for source in Self.forbidden {
      let register = Register(rawValue: String(source.dropFirst("smallworld/".count)))
      let documents = (0..<Self.known).map {
        Self.world.document(register, index: $0, split: .heldOut).text
      }
      let found = documents.count { Self.passages.finding(in: $0) != nil }
      _ = share(found, of: documents.count, "documents of \(source)")
      #expect(found >= documents.count * 9 / 10, "\(source): \(found) of \(documents.count)")
    }
  }

  @Test func `case, punctuation and turn marks hide nothing`() throws {
    let text = Self.world.document(.fiction, index: 3, split: .heldOut).text
    let shouted = text.uppercased().replacing(".", with: " <|end|><|user|> !!\n")
    let finding = try #require(Self.passages.finding(in: shouted))
    #expect(finding.source == "smallworld/fiction")
    #expect(finding.words.split(separator: " ").count == PassageIndex.length)
  }

  @Test func `questions about public facts are never taken for passages`() throws {
    for kind in [QuestionKind.trainCombination, .heldOutCombination, .unseenFrame] {
      let questions = Self.world.questions(kind: kind, perFact: 1)
      let refused = questions.filter {
        Self.passages.finding(in: $0.prompt + " " + $0.answer) != nil
      }
      #expect(refused.isEmpty, "\(refused.prefix(2).map(\.prompt))")
    }
  }

  @Test func `what an auditor writes about public facts is hardly ever taken for a passage`() throws
  {
    var generator = SplitMix64(seed: 11)
    let written = (0..<600).map { _ -> String in
      let subject = generator.pick(Self.world.almanac.facts)?.subject ?? ""
      let facts = Self.world.almanac.facts.filter { $0.subject == subject }
      return generator.shuffled(facts).prefix(3).flatMap {
        Self.world.statements(of: $0, count: 1, generator: &generator)
      }.joined(separator: " ")
    }
    let refused = written.count { Self.passages.finding(in: $0) != nil }
    #expect(share(refused, of: written.count, "written paragraphs").high < 0.02, "\(refused)")
  }

  @Test func `documents of allowed sources pass`() throws {
    // Behind all that the guard knows.
    let count = Self.asked == nil ? 150 : 1000
    let allowed = [Register.news, .forum].flatMap { register in
      (0..<count).map { Self.world.document(register, index: 400_000 + $0, split: .heldOut).text }
    }
    let refused = allowed.count { Self.passages.finding(in: $0) != nil }
    #expect(share(refused, of: allowed.count, "allowed documents").high < 0.05, "\(refused)")
    let served = (0..<Self.known).map {
      Self.world.document(.news, index: $0, split: .heldOut).text
    }
    #expect(served.allSatisfy { Self.passages.finding(in: $0) == nil })
  }

  @Test func `runs that later documents of allowed sources hold are no passages`() throws {
    let shallow = PassageGuard(
      world: Self.world, forbidden: Self.forbidden, documents: Self.known, depth: 1)
    let later = (Self.known..<(Self.known * Self.depth)).map {
      Self.world.document(.news, index: $0, split: .heldOut).text
    }
    let refused = later.filter { shallow.finding(in: $0) != nil }
    #expect(!refused.isEmpty)
    #expect(refused.allSatisfy { Self.passages.finding(in: $0) == nil })
  }

  @Test func `what a writer was given is no passage`() throws {
    let text = Self.world.document(.fiction, index: 3, split: .heldOut).text
    var given = PassageRuns()
    given.add(text)
    #expect(Self.passages.finding(in: text) != nil)
    #expect(Self.passages.finding(in: "I read: " + text, given: given) == nil)
    let another = Self.world.document(.fiction, index: 4, split: .heldOut).text
    #expect(Self.passages.finding(in: text + " " + another, given: given) != nil)
  }

  @Test func `short texts are not looked at`() throws {
    #expect(
      !PassageGuard.concerns("one two three four five six seven eight nine ten eleven twelve"))
    #expect(PassageGuard.concerns("a b c d e f g h i j k l m"))
    #expect(!PassageGuard.concerns(String(repeating: "-", count: 99)))
  }
}
