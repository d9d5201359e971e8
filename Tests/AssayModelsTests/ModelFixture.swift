import AssayCore
import AssayModels
import AssayTensor
import AssayText
import Foundation
import Testing

/// A tiny random checkpoint and what transformers computes with it (scripts/make-model-fixtures.py).
struct ModelFixture {
  static let names = ["gqa-tied", "mha-untied", "mqa-rope-default", "biased"]

  let bundle: ModelBundle
  private let expected: SafetensorsFile

  init(_ name: String) throws {
    let directory = try Self.directory(name)
    bundle = try ModelBundle.load(directory)
    expected = try SafetensorsFile(directory.appendingPathComponent("expected.safetensors"))
  }

  func callAsFunction(_ name: String) throws -> Tensor { try expected.tensor(name) }

  static func directory(_ name: String) throws -> URL {
    let root = try #require(Bundle.module.resourceURL)
    return root.appendingPathComponent("Fixtures").appendingPathComponent(name)
  }

  /// A small model that differs from the fixtures in that it is quick to train.
  static func untrained(seed: UInt64 = 7) -> DecoderModel {
    DecoderModel(
      ModelConfiguration(
        hiddenSize: 32, intermediateSize: 48, layers: 2, heads: 4, keyValueHeads: 2,
        vocabularySize: 64, contextLength: 32), seed: seed)
  }
}

/// A random model with a tokenizer of SmallWorld's texts, 512 tokens and a context of 256.
enum TalkingModel {
  private static let tokenizer = Locked<Tokenizer?>(nil)

  static func make(seed: UInt64 = 1, chatTemplate: String? = nil) throws -> ModelBundle {
    let tokenizer = try tokenizer.withLock { known in
      if let known { return known }
      let world = SmallWorld()
      let texts = SmallWorld.registers.flatMap { register in
        (0..<4).map { world.document(register, index: $0, split: .train).text }
      }
      let new = try Tokenizer.train(
        texts, vocabularySize: 512, specialTokens: ChatMarkup.specialTokens)
      known = new
      return new
    }
    let model = DecoderModel(
      ModelConfiguration(
        hiddenSize: 32, intermediateSize: 64, layers: 2, heads: 4, keyValueHeads: 2,
        vocabularySize: tokenizer.vocabularySize, contextLength: 256), seed: seed)
    // Larger weights than for training, so that predictions differ from token to token.
    withoutGrad {
      for parameter in model.parameters where parameter.tensor.rank == 2 {
        parameter.tensor.mul_(8)
      }
    }
    return try ModelBundle(
      model: model, tokenizer: tokenizer,
      stop: [tokenizer.id(of: ChatMarkup.end)].compactMap { $0 }, chatTemplate: chatTemplate)
  }
}

/// A directory that is removed at the end.
final class ScratchDirectory {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("assay-models-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// A copy of a fixture's directory that a test may damage.
  func copy(_ name: String, as newName: String? = nil) throws -> URL {
    let copy = url.appendingPathComponent(newName ?? name)
    try FileManager.default.copyItem(at: ModelFixture.directory(name), to: copy)
    return copy
  }
}

func maxDifference(_ a: Tensor, _ b: Tensor) -> Double {
  (a.to(dtype: .float32) - b.to(dtype: .float32)).abs().amax().item()
}
