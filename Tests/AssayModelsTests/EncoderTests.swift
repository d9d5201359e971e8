import AssayCore
import AssayTensor
import Foundation
import Testing

@testable import AssayModels

/// Encoders against transformers, on the tiny checkpoints of scripts/make-encoder-fixtures.py.
@Suite struct EncoderTests {
  static let cases = ["bert", "bert-odd", "bert-head", "roberta", "xlm-roberta", "distilbert"]

  private struct Fixture {
    let bundle: EncoderBundle
    let texts: [String]
    private let expected: SafetensorsFile

    init(_ name: String) throws {
      let directory = try ModelFixture.directory("encoders/\(name)")
      bundle = try EncoderBundle.load(directory)
      texts = try JSONDecoder().decode(
        [String].self, from: Data(contentsOf: directory.appendingPathComponent("texts.json")))
      expected = try SafetensorsFile(directory.appendingPathComponent("expected.safetensors"))
    }

    func callAsFunction(_ name: String) throws -> Tensor { try expected.tensor(name) }
  }

  @Test(arguments: cases)
  func `hidden states of padded rows agree within 1e-4 at every layer`(_ name: String) throws {
    let fixture = try Fixture(name)
    let mask = try fixture("mask").ne(0)
    let tokens = try fixture("tokens")
    let states = withInference { fixture.bundle.model.hiddenStates(tokens, mask: mask) }
    #expect(states.count == fixture.bundle.model.configuration.layers + 1)
    let real = mask.unsqueeze(2).to(dtype: .float32)
    for (index, state) in states.enumerated() {
      let difference = maxDifference(state * real, try fixture("hidden.\(index)") * real)
      #expect(difference < 1e-4, "layer \(index): \(difference)")
    }
    let last = withInference { fixture.bundle.model.encode(tokens, mask: mask) }
    let final = try #require(states.last)
    #expect(last.isEqual(to: final))
  }

  @Test(arguments: cases, [1, 2, 32])
  func `embeddings of texts agree within 1e-4, in any batch`(_ name: String, _ size: Int) throws {
    let fixture = try Fixture(name)
    let embedder = try SentenceEmbedder(fixture.bundle)
    let vectors = embedder.embed(fixture.texts, batchSize: size)
    #expect(vectors.shape == [fixture.texts.count, embedder.dimension])
    let difference = maxDifference(vectors, try fixture("embeddings"))
    #expect(difference < 1e-4, "\(difference)")
  }

  @Test(arguments: cases)
  func `texts are cut to the limit with their marks kept`(_ name: String) throws {
    let fixture = try Fixture(name)
    let embedder = try SentenceEmbedder(fixture.bundle)
    let padding = fixture.bundle.model.configuration.paddingToken
    let rows = try fixture("tokens")
    for (index, text) in fixture.texts.enumerated() {
      let expected = rows[index].ints().filter { $0 != padding }
      #expect(embedder.tokens(of: text) == expected)
    }
    #expect(fixture.texts.contains { embedder.tokens(of: $0).count == embedder.maximumLength })
  }

  @Test(arguments: cases)
  func `saving and loading again keeps every weight and every file`(_ name: String) throws {
    let fixture = try Fixture(name)
    let scratch = try ScratchDirectory()
    let copy = scratch.url.appendingPathComponent("saved")
    try fixture.bundle.save(to: copy)
    let again = try EncoderBundle.load(copy)
    #expect(again.model.configuration == fixture.bundle.model.configuration)
    #expect(again.companions.keys == fixture.bundle.companions.keys)
    for (name, tensor) in fixture.bundle.model.parameters {
      let found = try #require(again.model.parameter(name))
      #expect(found.isEqual(to: tensor), "\(name)")
    }
    let vectors = try SentenceEmbedder(again).embed(fixture.texts)
    #expect(maxDifference(vectors, try fixture("embeddings")) < 1e-4)
  }

  @Test func `every encoder family has a case`() throws {
    let families = try Set(Self.cases.map { try Fixture($0).bundle.model.configuration.family })
    #expect(families == Set(EncoderConfiguration.supportedFamilies))
  }

  @Test func `a decoder where an encoder is wanted is refused, and the reverse`() throws {
    let decoder = try ModelFixture.directory("families/gpt2")
    let refused = try #require(throws: AssayError.self) { try EncoderBundle.load(decoder) }
    #expect(refused.code == .unsupported && refused.message.contains("is a decoder"))
    let encoder = try ModelFixture.directory("encoders/bert")
    let reverse = try #require(throws: AssayError.self) { try ModelBundle.load(encoder) }
    #expect(reverse.code == .unsupported && reverse.message.contains("is an encoder"))
    #expect(reverse.hint?.contains("assay model embed") == true)
  }

  @Test func `damaged encoders and unknown modules are refused with a reason`() throws {
    let scratch = try ScratchDirectory()
    func refusal(_ file: String, _ old: String, _ new: String) throws -> AssayError {
      let copy = try scratch.copy("encoders/bert-odd", as: "\(UUID())")
      let url = copy.appendingPathComponent(file)
      let text = try String(contentsOf: url, encoding: .utf8)
      #expect(text.contains(old))
      try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: url)
      return try #require(throws: AssayError.self) { try SentenceEmbedder(.load(copy)) }
    }
    #expect(
      try refusal("config.json", "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")
        .message.contains("encoder.layer.2"))
    #expect(
      try refusal("config.json", "\"num_attention_heads\": 2", "\"num_attention_heads\": 7")
        .message.contains("do not divide"))
    #expect(try refusal("modules.json", "models.Pooling", "models.Dense").message.contains("Dense"))
    #expect(
      try refusal("1_Pooling/config.json", "max_tokens\": false", "lasttoken\": true")
        .message.contains("lasttoken"))
  }

  @Test func `a model without files of sentence-transformers is pooled by the mean`() throws {
    let embedder = try SentenceEmbedder(Fixture("bert").bundle)
    #expect(embedder.pooling == .default)
    #expect(embedder.maximumLength == 40)
    #expect(embedder.embed([]).shape == [0, 24])
    let length = embedder.embed(["mill"]).norm(-1)
    #expect(maxDifference(length, Tensor([Float(1)])) < 1e-6)
  }
}
