import AssayCore
import AssayTensor
import AssayText
import Foundation
import Testing

@testable import AssayModels

@Suite struct ConversationTests {
  private func speaking() throws -> ModelBundle {
    try TalkingModel.make(chatTemplate: ChatMarkup.template)
  }

  @Test func `the pieces of a stream are the text`() async throws {
    let generator = TextGenerator(try speaking())
    for stopStrings in [[], ["e t", "zz"]] {
      let options = GenerationOptions(
        maxNewTokens: 60, temperature: 1.5, seed: 8, stop: [], stopStrings: stopStrings)
      let whole = try generator.generate(prompts: ["the town"], options: options)[0]
      var pieces: [String] = []
      let made = try generator.generate(prompt: "the town", options: options) {
        pieces.append($0)
        return true
      }
      #expect(made == whole && pieces.joined() == whole.text && pieces.count > 3)
      var streamed = ""
      for try await piece in generator.stream("the town", options: options) { streamed += piece }
      #expect(streamed == whole.text)
    }
  }

  @Test func `a stream may be left early, and passes errors on`() async throws {
    let generator = TextGenerator(try speaking())
    let options = GenerationOptions(maxNewTokens: 60, stop: [])
    let made = try generator.generate(prompt: "the", options: options) { _ in false }
    #expect(made.tokens.count < 5)
    await #expect(throws: AssayError.self) {
      for try await _ in generator.stream("") {}
    }
  }

  @Test func `a stop string that is begun is not shown`() throws {
    let bundle = try speaking()
    let tokenizer = try bundle.requireTokenizer()
    var stream = TextStream(
      Ending(GenerationOptions(stop: [], stopStrings: ["END", "DEF"]), bundle))
    var tokens: [Int] = []
    var pieces: [String] = []
    for (at, part) in ["ab", "EN", "cDE", "E", "ND"].enumerated() {
      tokens += tokenizer.encode(part)
      pieces.append(stream.next(tokens, isLast: at == 4))
    }
    #expect(pieces == ["ab", "", "ENc", "DE", ""])
  }

  @Test func `characters are shown when all of their bytes are there`() throws {
    let bundle = try speaking()
    var stream = TextStream(Ending(GenerationOptions(stop: []), bundle))
    let tokens = try bundle.requireTokenizer().encode("a€")
    #expect(tokens.count == 4, "a character of three tokens")
    let pieces = (1...4).map { stream.next(Array(tokens[..<$0]), isLast: false) }
    #expect(pieces == ["a", "", "", "€"])
  }

  @Test func `turns are answered as the whole conversation would be, read once`() throws {
    let bundle = try speaking()
    let options = GenerationOptions(maxNewTokens: 12)
    var chat = try Conversation(bundle, system: "s")
    let template = try bundle.requireChatTemplate()
    var messages = [ChatMessage(role: "system", content: "s")]
    for question in ["a b", "the town of", "c"] {
      messages.append(ChatMessage(role: "user", content: question))
      let text = try template.render(messages, addGenerationPrompt: true)
      let expected = try TextGenerator(bundle).generate(prompts: [text], options: options)[0]
      let asked = try chat.prompt(question)
      let before = chat.read?.count ?? 0
      let answer = try chat.reply(to: question, options: options)
      #expect(answer.tokens == expected.tokens)
      messages.append(ChatMessage(role: "assistant", content: answer.text))
      let read = try #require(chat.read)
      #expect(read.count > before)
      // All but the last token, which was written and never read.
      #expect(read.tokens == Array((asked + answer.tokens).dropLast()))
    }
    chat.reset()
    #expect(chat.messages.isEmpty)
    let fresh = try Conversation(bundle, system: "s").prompt("x")
    #expect(try chat.prompt("x") == fresh)
  }

  @Test func `a turn that does not fit leaves the conversation as it was`() throws {
    var chat = try Conversation(speaking())
    _ = try chat.reply(to: "a", options: .greedy(4))
    expectError(.badInput, "context is 256") {
      _ = try chat.reply(to: String(repeating: "town ", count: 300))
    }
    #expect(chat.messages.count == 2)
    expectError(.notFound, "no chat template") { _ = try Conversation(TalkingModel.make()) }
  }

  @Test func `the shipped models' template writes what they were trained on`() throws {
    for name in ["smallworld-1m", "smallworld-4m"] {
      let bundle = try ModelBundle.load(ModelBundle.resolve(name))
      let template = try bundle.requireChatTemplate()
      #expect(template.source == ChatMarkup.template)
      let user = ChatMessage(role: "user", content: "u")
      #expect(
        try template.render([user], addGenerationPrompt: true) == ChatMarkup.prompt("u"))
      let system = ChatMessage(role: "system", content: "s")
      #expect(
        try template.render([system, user], addGenerationPrompt: true)
          == ChatMarkup.prompt("u", system: "s"))
    }
  }
}
