import AssayCore
import AssayTensor
import AssayText
import Foundation

/// A model with everything that belongs to it on disk: weights, tokenizer and their settings.
///
/// The form on disk is a Hugging Face directory, in and out.
public struct ModelBundle: Sendable {
  /// The model.
  public let model: any LanguageModel
  /// Its tokenizer, nil where the directory has neither `tokenizer.json` nor
  /// `tokenizer.model`.
  public let tokenizer: Tokenizer?
  /// Where it was loaded from or last saved to.
  public let directory: URL
  /// Small files that travel with the weights, by name; `config.json` is one of them.
  let companions: [String: Data]

  /// Files of a directory that travel with its weights, besides `config.json`.
  static let companionNames = [
    "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json",
    "generation_config.json", "chat_template.jinja",
  ]

  /// A bundle for a model made in memory; saving writes the tokenizer that is given here.
  ///
  /// `stop` are the tokens that end a generated text, written to `generation_config.json`;
  /// `chatTemplate` is the text of a template, written to `chat_template.jinja`.
  public init(
    model: any LanguageModel, tokenizer: Tokenizer?, stop: [Int] = [], chatTemplate: String? = nil,
    directory: URL = URL(fileURLWithPath: "/dev/null")
  ) throws {
    self.model = model
    self.tokenizer = tokenizer
    self.directory = directory
    var files: [String: Data] = [:]
    let configuration = model.configuration
    guard
      let keys = Families.named(configuration.family).huggingFaceKeys(configuration)
    else {
      throw AssayError(
        .unsupported, "a new model of the family \(configuration.family) cannot be saved",
        hint: "change a loaded one instead: its config.json is kept")
    }
    files["config.json"] = try Self.json(keys)
    if !stop.isEmpty {
      files["generation_config.json"] = try Self.json(["eos_token_id": stop])
    }
    files["chat_template.jinja"] = chatTemplate.map { Data($0.utf8) }
    if let tokenizer {
      files["tokenizer_config.json"] = try Self.json([
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": model.configuration.contextLength,
        "clean_up_tokenization_spaces": false,
      ])
      files["tokenizer.json"] = try Self.serialized(tokenizer)
    }
    companions = files
  }

  init(
    model: any LanguageModel, tokenizer: Tokenizer?, directory: URL, companions: [String: Data]
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.directory = directory
    self.companions = companions
  }

  /// Tokens that end a generated text: those of `generation_config.json`, else of `config.json`.
  public var endOfSequence: [Int] {
    Self.endOfSequence(companions) ?? model.configuration.endOfSequence
  }

  /// The tokens that `generation_config.json` names, nil where there are none.
  static func endOfSequence(_ companions: [String: Data]) -> [Int]? {
    guard let data = companions["generation_config.json"],
      let file = try? ConfigurationFile(data, naming: "generation_config.json")
    else { return nil }
    let stop = file.integers("eos_token_id")
    return stop.isEmpty ? nil : stop
  }

  /// What the weights are stored in on disk, by `config.json`; bfloat16 where it does not say.
  public var storedDType: DType {
    guard let data = companions["config.json"],
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let name = (object["dtype"] ?? object["torch_dtype"]) as? String
    else { return .bfloat16 }
    return DType(name: name) ?? .bfloat16
  }

  /// The chat template with the special tokens that it writes, nil where the directory has none.
  ///
  /// It comes from `chat_template.jinja`, else from `tokenizer_config.json`. Throws `AssayError` for
  /// one that cannot be read.
  public var chatTemplate: ChatTemplate? {
    get throws { try Self.chatTemplate(companions, of: directory) }
  }

  static func chatTemplate(_ companions: [String: Data], of directory: URL) throws -> ChatTemplate?
  {
    do {
      return try ChatTemplate(
        jinja: companions["chat_template.jinja"],
        tokenizerConfig: companions["tokenizer_config.json"],
        specialTokensMap: companions["special_tokens_map.json"])
    } catch var error as AssayError {
      error.message = "'\(directory.path)': \(error.message)"
      throw error
    }
  }

  /// The tokenizer, or an error that says how to get one.
  public func requireTokenizer() throws -> Tokenizer {
    guard let tokenizer else {
      throw AssayError(
        .notFound, "'\(directory.path)' has no tokenizer.json",
        hint: "text needs a tokenizer; copy tokenizer.json of the model there, or give token ids")
    }
    return tokenizer
  }

  /// The chat template, or an error that says how to get one.
  public func requireChatTemplate() throws -> ChatTemplate {
    guard let template = try chatTemplate else {
      throw AssayError(
        .notFound, "'\(directory.path)' has no chat template",
        hint:
          "copy chat_template.jinja of the model there, or write the turns out in a plain prompt")
    }
    return template
  }

  /// A deep copy: changing its weights leaves this one as it is.
  public func clone() -> ModelBundle {
    ModelBundle(
      model: model.copy(dtype: nil), tokenizer: tokenizer, directory: directory,
      companions: companions)
  }

  /// The same files around another model of the same shape.
  public func with(model other: any LanguageModel) -> ModelBundle {
    ModelBundle(model: other, tokenizer: tokenizer, directory: directory, companions: companions)
  }

  static func json(_ object: [String: Any]) throws -> Data {
    try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
  }

  /// The tokenizer as it would be saved.
  private static func serialized(_ tokenizer: Tokenizer) throws -> Data {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("assay-\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: url) }
    try tokenizer.save(to: url)
    return try Data(contentsOf: url)
  }
}
