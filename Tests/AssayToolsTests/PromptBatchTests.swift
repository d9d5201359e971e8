import AssayCore
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Testing

@testable import AssayTools

@Suite struct PromptBatchTests {
  @Test func `padding does not change what stands at a prompt's last token`() throws {
    let bundle = try TinyModel.make()
    let tokenizer = try bundle.requireTokenizer()
    let prompts = ["Ask", "The capital of Chad is", "on the subject of"]
    func last(_ prompts: [String]) throws -> Tensor {
      let batch = try PromptBatch(prompts, tokenizer: tokenizer, context: 256)
      return withInference {
        batch.atLastToken(
          bundle.model.finalResidual(batch.tokens, cache: nil, attentionStart: nil, taps: nil))
      }
    }
    let together = try last(prompts)
    for (row, prompt) in prompts.enumerated() {
      try assertClose(together.narrow(0, start: row, length: 1), last([prompt]), tolerance: 1e-4)
    }
  }

  @Test func `a prompt that is empty or too long is refused`() throws {
    let tokenizer = try TinyModel.tokenizer()
    #expect(throws: AssayError.self) { try PromptBatch([""], tokenizer: tokenizer, context: 8) }
    #expect {
      try PromptBatch(["one two three four five"], tokenizer: tokenizer, context: 2)
    } throws: { error in
      (error as? AssayError)?.message.contains("longer than the context of 2") == true
    }
  }

  @Test func `an answer starts with a space except after a chat marker`() {
    #expect(Tokenizer.continuation("Lima", after: "It is") == " Lima")
    #expect(Tokenizer.continuation("Lima", after: "<|assistant|>") == "Lima")
    #expect(Tokenizer.continuation(" Lima", after: "It is") == " Lima")
  }
}
