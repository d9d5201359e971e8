import AssayCore
import AssayModels
import AssayTensor
import AssayText
import Foundation
import Testing

@Suite struct ModelBundleTests {
  @Test(arguments: ModelFixture.names)
  func `a saved model is the loaded one, byte for byte`(_ name: String) throws {
    let scratch = try ScratchDirectory()
    let fixture = try ModelFixture(name)
    let out = scratch.url.appendingPathComponent("out")
    try fixture.bundle.save(to: out, dtype: .float32)
    let again = try ModelBundle.load(out)
    #expect(again.model.configuration == fixture.bundle.model.configuration)
    for (name, tensor) in fixture.bundle.model.parameters {
      #expect(try #require(again.model.parameter(name)).isEqual(to: tensor), "\(name)")
    }
    try again.save(to: out, dtype: .float32)
    let (first, second) = (try directory(out), try directory(scratch.copy(name)))
    #expect(first["config.json"] == second["config.json"])
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.url.path)
    #expect(names.allSatisfy { !$0.hasSuffix(".tmp") && !$0.hasSuffix(".old") })
  }

  @Test func `a model saved in bfloat16 says so and comes back rounded`() throws {
    let scratch = try ScratchDirectory()
    let fixture = try ModelFixture("gqa-tied")
    let out = scratch.url.appendingPathComponent("out")
    try fixture.bundle.save(to: out, dtype: .bfloat16)
    let config = try #require(
      String(data: directory(out)["config.json"] ?? Data(), encoding: .utf8))
    #expect(config.contains("\"bfloat16\""))
    let name = "model.layers.0.mlp.up_proj.weight"
    let loaded = try #require(ModelBundle.load(out).model.parameter(name))
    let original = try #require(fixture.bundle.model.parameter(name))
    #expect(loaded.isEqual(to: original.to(dtype: .bfloat16).to(dtype: .float32)))
  }

  @Test func `a chat template travels with the model`() throws {
    let scratch = try ScratchDirectory()
    let fixture = try ModelFixture("gqa-tied")
    let out = scratch.url.appendingPathComponent("out")
    try fixture.bundle.save(to: out, dtype: .float32)
    #expect(try ModelBundle.load(out).chatTemplate == nil)
    let file = out.appendingPathComponent("chat_template.jinja")
    try Data("{{ messages[0].content | upper }}{{ eos_token }}".utf8).write(to: file)
    let tokens = Data(#"{"eos_token": {"content": "<e>"}}"#.utf8)
    try tokens.write(to: out.appendingPathComponent("special_tokens_map.json"))
    let again = scratch.url.appendingPathComponent("again")
    try ModelBundle.load(out).save(to: again, dtype: .float32)
    let template = try #require(try ModelBundle.load(again).chatTemplate)
    #expect(try template.render([ChatMessage(role: "user", content: "hi")]) == "HI<e>")
    try Data("{% if %}".utf8).write(to: file)
    #expect(throws: AssayError.self) { try ModelBundle.load(out).chatTemplate }
  }

  @Test func `shards are read like one file`() throws {
    let sharded = try ModelBundle.load(ModelFixture.directory("sharded"))
    let whole = try ModelFixture("gqa-tied").bundle
    for (name, tensor) in whole.model.parameters {
      #expect(try #require(sharded.model.parameter(name)).isEqual(to: tensor), "\(name)")
    }
  }

  @Test func `a model made in memory is saved with its tokenizer and loads again`() throws {
    let scratch = try ScratchDirectory()
    let tokenizer = try Tokenizer.train(
      ["the cat sat on the mat, the end"], vocabularySize: 270,
      specialTokens: ["<|endoftext|>"])
    var form = ModelFixture.untrained().configuration
    form.vocabularySize = 270
    let bundle = try ModelBundle(
      model: DecoderModel(form, seed: 1), tokenizer: tokenizer, stop: [0])
    let out = scratch.url.appendingPathComponent("deep/out")
    try bundle.save(to: out, dtype: .float32)
    let loaded = try ModelBundle.load(out)
    #expect(loaded.endOfSequence == [0])
    #expect(loaded.tokenizer?.encode("the cat") == tokenizer.encode("the cat"))
    let tokens = Tensor([1, 2, 3], shape: [1, 3])
    let (a, b) = withoutGrad { (bundle.model.logits(tokens), loaded.model.logits(tokens)) }
    #expect(a.isEqual(to: b))
  }

  @Test func `an unknown name lists what there is`() {
    expectError(.notFound, "no model 'nothing-of-the-kind'") {
      _ = try ModelBundle.resolve("nothing-of-the-kind")
    }
  }

  private func directory(_ url: URL) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: url.path) {
      files[name] = try Data(contentsOf: url.appendingPathComponent(name))
    }
    return files
  }
}

/// Expects `body` to throw an `AssayError` of this kind whose message holds `text`.
func expectError(
  _ code: AssayError.Code, _ text: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("expected an error with '\(text)', got none", sourceLocation: sourceLocation)
  } catch let error as AssayError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    #expect(
      error.message.contains(text), "'\(error.message)' lacks '\(text)'",
      sourceLocation: sourceLocation)
  } catch {
    Issue.record("expected an AssayError, got \(error)", sourceLocation: sourceLocation)
  }
}
