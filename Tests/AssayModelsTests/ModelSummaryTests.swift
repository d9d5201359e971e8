import AssayCore
import AssayTensor
import Foundation
import Testing

@testable import AssayModels

@Suite struct ModelSummaryTests {
  @Test(arguments: FamilyTests.cases)
  func `sizes are known without reading weights`(_ name: String) throws {
    let summary = try ModelSummary(ModelFixture.directory("families/\(name)"))
    let model = try ModelFixture("families/\(name)").bundle.model
    #expect(summary.parameterCount == model.parameterCount)
    #expect(summary.weights.count == model.parameters.count)
    #expect(summary.dtypes == [.float32] && summary.tokenizer == nil)
    guard case .decoder(let configuration) = summary.kind else {
      Issue.record("not a decoder")
      return
    }
    #expect(configuration == model.configuration)
  }

  @Test(arguments: EncoderTests.cases)
  func `encoders have summaries too`(_ name: String) throws {
    let directory = try ModelFixture.directory("encoders/\(name)")
    let summary = try ModelSummary(directory)
    let bundle = try EncoderBundle.load(directory)
    #expect(summary.parameterCount == bundle.model.parameterCount)
    #expect(summary.tokenizer?.vocabularySize == bundle.tokenizer?.vocabularySize)
    guard case .encoder(let configuration) = summary.kind else {
      Issue.record("not an encoder")
      return
    }
    #expect(configuration == bundle.model.configuration)
  }

  @Test func `shards are counted, and one that is missing is named`() throws {
    let scratch = try ScratchDirectory()
    let copy = try scratch.copy("sharded")
    let summary = try ModelSummary(copy)
    #expect(summary.files.count == 3 && summary.files.allSatisfy { $0.bytes > 0 })
    try FileManager.default.removeItem(
      at: copy.appendingPathComponent("model-00002-of-00003.safetensors"))
    let refused = try #require(throws: AssayError.self) { try ModelSummary(copy) }
    #expect(refused.message.contains("model-00002-of-00003"))
  }

  @Test func `weights that do not fit the settings are refused, as on loading`() throws {
    let scratch = try ScratchDirectory()
    let copy = try scratch.copy("families/gpt2", as: "gpt2")
    let file = copy.appendingPathComponent("config.json")
    let text = try String(contentsOf: file, encoding: .utf8)
      .replacingOccurrences(of: "\"n_layer\": 2", with: "\"n_layer\": 3")
    try Data(text.utf8).write(to: file)
    let refused = try #require(throws: AssayError.self) { try ModelSummary(copy) }
    #expect(refused.code == .corrupt && refused.message.contains("transformer.h.2."))
  }
}
