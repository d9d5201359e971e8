import AssayCore
import AssayTensor
import AssayText
import Foundation

/// An encoder with everything that belongs to it on disk: weights, tokenizer, pooling settings.
///
/// The form on disk is a Hugging Face directory, in and out, with the files of sentence-transformers
/// where there are some.
public struct EncoderBundle: Sendable {
  /// The model.
  public let model: EncoderModel
  /// Its tokenizer, nil where the directory has neither `tokenizer.json` nor `tokenizer.model`.
  public let tokenizer: Tokenizer?
  /// Where it was loaded from.
  public let directory: URL
  /// Small files that travel with the weights, by their path in the directory.
  let companions: [String: Data]

  /// What sentence-transformers stores beside a model.
  static let poolingNames = [
    "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json",
    "1_Pooling/config.json",
  ]

  /// Loads an encoder by a path, a shipped name, or `OWNER/NAME[@REVISION]` after it was pulled.
  public static func load(named nameOrPath: String, dtype: DType? = nil) throws -> EncoderBundle {
    try load(ModelBundle.resolve(nameOrPath), dtype: dtype)
  }

  /// Loads a Hugging Face directory, its weights converted to `dtype`; nil means float32.
  ///
  /// Throws as `ModelBundle.load` does, and `.unsupported` for a decoder.
  public static func load(_ url: URL, dtype: DType? = nil) throws -> EncoderBundle {
    let configuration = try EncoderConfiguration(
      huggingFace: url.appendingPathComponent("config.json"))
    let checkpoint = try Checkpoint(directory: url)
    let model: EncoderModel
    do {
      model = try EncoderModel(configuration, checkpoint: checkpoint, dtype: dtype ?? .float32)
    } catch var error as AssayError {
      error.message = "'\(url.path)': \(error.message)"
      throw error
    }
    let companions = ModelBundle.companions(in: url, ModelBundle.companionNames + poolingNames)
    return EncoderBundle(
      model: model, tokenizer: try ModelBundle.tokenizer(in: url, companions), directory: url,
      companions: companions)
  }

  /// Writes a Hugging Face directory with the weights in `dtype`, as `ModelBundle.save` does.
  ///
  /// A head that was left out on loading is not written, and `architectures` says so.
  public func save(to url: URL, dtype: DType = .float32) throws {
    var files = companions
    if let data = files["config.json"],
      var object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    {
      object["architectures"] = [model.configuration.architecture]
      files["config.json"] = try ModelBundle.json(object)
    }
    try ModelBundle.save(model.parameters, files, to: url, dtype: dtype)
  }
}
