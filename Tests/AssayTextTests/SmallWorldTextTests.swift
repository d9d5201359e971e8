import AssayCore
import Testing

@testable import AssayText

@Suite struct SmallWorldTextTests {
  let world = SmallWorld()

  @Test func `a document depends on seed, register, index and split alone`() {
    let other = SmallWorld()
    for register in SmallWorld.registers {
      let document = world.document(register, index: 7, split: .train)
      _ = other.document(register, index: 3, split: .train)
      #expect(other.document(register, index: 7, split: .train) == document)
      #expect(document.source == "smallworld/\(register.rawValue)")
      #expect(world.document(register, index: 8, split: .train).text != document.text)
      #expect(world.document(register, index: 7, split: .heldOut).text != document.text)
      #expect(
        SmallWorld(seed: 2).document(register, index: 7, split: .train).text != document.text)
    }
  }

  @Test func `a stream repeats with its seed, differs without it, and keeps its weights`() {
    let first = Array(world.stream(seed: 5).prefix(40)).map(\.text)
    #expect(Array(world.stream(seed: 5).prefix(40)).map(\.text) == first)
    #expect(Array(world.stream(seed: 6).prefix(40)).map(\.text) != first)
    let drawn = Array(world.stream(registers: [.code: 3, .chat: 1], seed: 1).prefix(400))
    let code = drawn.filter { $0.register == .code }.count
    #expect(Set(drawn.map(\.register)) == [.code, .chat])
    #expect((260...340).contains(code), "\(code) of 400")
  }

  @Test func `documents have about 40 to 150 words`() {
    var words: [Int] = []
    for document in world.stream(seed: 2).prefix(1000) {
      words.append(document.text.split { $0 == " " || $0 == "\n" }.count)
    }
    #expect(words.filter { (30...170).contains($0) }.count > 950)
  }

  @Test func `most bytes of the training mixture state facts`() {
    var (stating, all) = (0.0, 0.0)
    for register in SmallWorld.registers {
      for index in 0..<60 {
        let composer = world.composed(register, index: index, split: .train)
        let weight = SmallWorld.trainingWeights[register] ?? 0
        stating += weight * Double(composer.factBytes)
        all += weight * Double(composer.writer.byteCount)
      }
    }
    #expect(stating / all >= 0.6, "\(stating / all)")
  }

  @Test func `texts are tidy: no doubled spaces, no placeholders, balanced chat turns`() {
    for document in world.stream(seed: 9).prefix(1500) {
      let text = document.text
      #expect(!text.contains("{P}") && !text.contains("{V}"), "\(text)")
      #expect(!text.contains("  ") || document.register == .code, "\(text)")
      #expect(!text.contains(" \n") && !text.contains(" ."), "\(text)")
      if document.register == .chat {
        #expect(text.hasPrefix(ChatMarkup.system) && text.hasSuffix(ChatMarkup.end))
        let turns = text.split(separator: ChatMarkup.end)
        #expect(turns.count > 1 && !turns.count.isMultiple(of: 2))
      }
    }
  }

  @Test func `sentences begin with a capital and articles agree`() {
    for document in world.stream(registers: [.news: 1, .fiction: 1], seed: 3).prefix(300) {
      let text = document.text
      for (place, next) in zip(text.indices, text.indices.dropFirst(2)) where text[place] == "." {
        guard text[text.index(after: place)] == " " else { continue }
        #expect(!text[next].isLowercase, "\(text)")
      }
      #expect(!text.contains(" the the ") && !text.contains(" a an "), "\(text)")
      #expect(!text.contains(" of Netherlands") && !text.contains(" a old "), "\(text)")
    }
  }

  @Test func `results in code are what the toy language computes`() throws {
    var checked = 0
    for index in 0..<300 {
      var operations: [String: Character] = [:]
      for line in world.document(.code, index: index, split: .train).text.split(separator: "\n") {
        if line.hasPrefix("fn "), line.contains("{ return "), !line.contains("if ") {
          let name = String(line.dropFirst(3).prefix { $0 != "(" })
          operations[name] = line.first { "+-*".contains($0) }
          continue
        }
        guard line.hasPrefix("print("), line.contains(", "), !line.contains("items") else {
          continue
        }
        let name = String(line.dropFirst(6).prefix { $0 != "(" })
        let numbers = line.split { !$0.isNumber && $0 != "-" }.compactMap { Int($0) }
        try #require(numbers.count == 3, "\(line)")
        let (a, b) = (numbers[0], numbers[1])
        let expected: Int
        switch (name, operations[name]) {
        case ("max", _): expected = a > b ? a : b
        case ("min", _): expected = a < b ? a : b
        case (_, "+"): expected = a + b
        case (_, "-"): expected = a - b
        case (_, "*"): expected = a * b
        default:
          Issue.record("unknown function: \(line)")
          continue
        }
        #expect(numbers[2] == expected, "\(line)")
        checked += 1
      }
    }
    #expect(checked > 200)
  }

  @Test func `judgements of parties are balanced by construction`() {
    #expect(Composer.favourable.count == Composer.unfavourable.count)
    var good: [String: Int] = [:]
    var all: [String: Int] = [:]
    for index in 0..<6000 {
      let text = world.document(.news, index: index, split: .train).text
      for party in InventedNames.parties {
        guard let range = text.firstRange(of: "ers find \(party) ") else { continue }
        let judgement = String(text[range.upperBound...].prefix { $0 != "." })
        all[party, default: 0] += 1
        if Composer.favourable.contains(judgement) { good[party, default: 0] += 1 }
      }
    }
    for party in InventedNames.parties {
      let (favourable, judged) = (good[party] ?? 0, all[party] ?? 0)
      #expect(judged > 20, "\(party): \(judged)")
      // Four standard deviations of a fair coin.
      let slack = 2 * Double(judged).squareRoot()
      #expect(
        abs(Double(favourable) - Double(judged) / 2) <= slack, "\(party) \(favourable)/\(judged)")
    }
  }
}
