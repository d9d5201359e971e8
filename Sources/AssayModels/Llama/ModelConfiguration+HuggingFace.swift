import AssayCore
import Foundation

extension ModelConfiguration {
  /// Reads a `config.json`.
  ///
  /// Throws `.unsupported` for another architecture, activation or rotary scaling, naming what is
  /// supported, and `.corrupt` for a missing, wrong or impossible value, naming its key.
  public init(huggingFace url: URL) throws {
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw AssayError(
        .notFound, "cannot read '\(url.path)'",
        hint: "a model directory holds config.json and model.safetensors")
    }
    try self.init(huggingFace: data, naming: url.path)
  }

  /// Reads the contents of a `config.json`; errors name `path`.
  public init(huggingFace data: Data, naming path: String) throws {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw AssayError(.corrupt, "'\(path)' is not a JSON object", hint: "copy the file again")
    }
    let file = ConfigurationFile(object: object, path: path)
    try Self.checkFamily(file)
    let heads = try file.count("num_attention_heads")
    let hidden = try file.count("hidden_size")
    let rope = try Self.rope(file)
    self.init(
      hiddenSize: hidden,
      intermediateSize: try file.count("intermediate_size"),
      layers: try file.count("num_hidden_layers"),
      heads: heads,
      keyValueHeads: try file.count("num_key_value_heads", default: heads),
      headDimension: try file.count("head_dim", default: max(1, hidden / heads)),
      vocabularySize: try file.count("vocab_size"),
      contextLength: try file.count("max_position_embeddings", default: 2048),
      normEpsilon: try file.number("rms_norm_eps", default: 1e-6),
      ropeTheta: rope,
      tiesEmbeddings: try file.flag("tie_word_embeddings", default: false),
      attentionBias: try file.flag("attention_bias", default: false),
      mlpBias: try file.flag("mlp_bias", default: false),
      endOfSequence: file.integers("eos_token_id"))
    try checkSizes(path)
  }

  /// The keys of a `config.json` that this value decides, for transformers 4 and 5 alike.
  public var huggingFaceKeys: [String: Any] {
    var keys: [String: Any] = [
      "architectures": Self.supportedArchitectures,
      "model_type": "llama",
      "hidden_act": "silu",
      "hidden_size": hiddenSize,
      "intermediate_size": intermediateSize,
      "num_hidden_layers": layers,
      "num_attention_heads": heads,
      "num_key_value_heads": keyValueHeads,
      "head_dim": headDimension,
      "vocab_size": vocabularySize,
      "max_position_embeddings": contextLength,
      "rms_norm_eps": normEpsilon,
      "rope_theta": ropeTheta,
      "tie_word_embeddings": tiesEmbeddings,
      "attention_bias": attentionBias,
      "mlp_bias": mlpBias,
    ]
    if let first = endOfSequence.first {
      keys["eos_token_id"] = endOfSequence.count == 1 ? first as Any : endOfSequence as Any
    }
    return keys
  }

  private static func checkFamily(_ file: ConfigurationFile) throws {
    let architectures = file.object["architectures"] as? [String] ?? []
    let type = file.object["model_type"] as? String
    let known =
      architectures.isEmpty
      ? type == "llama" : architectures.contains { supportedArchitectures.contains($0) }
    guard known else {
      let found = architectures.first ?? type ?? "none"
      throw AssayError(
        .unsupported, "'\(file.path)' names the architecture \(found)",
        hint: "supported: \(supportedArchitectures.joined(separator: ", "))")
    }
    let activation = file.object["hidden_act"] as? String ?? "silu"
    guard activation == "silu" else {
      throw AssayError(
        .unsupported, "'\(file.path)' has hidden_act \(activation)", hint: "supported: silu")
    }
  }

  /// Finds theta at the top level or nested, and refuses every scaling but the default.
  private static func rope(_ file: ConfigurationFile) throws -> Double {
    var theta = try file.number("rope_theta", default: 10000)
    for key in ["rope_parameters", "rope_scaling"] {
      guard let nested = file.object[key] as? [String: Any] else { continue }
      let type = nested["rope_type"] as? String ?? nested["type"] as? String ?? "default"
      guard type == "default" else {
        throw AssayError(
          .unsupported, "'\(file.path)' has rotary scaling \(type) in \(key)",
          hint: "supported: default (no scaling)")
      }
      theta = try ConfigurationFile(object: nested, path: file.path)
        .number("rope_theta", default: theta)
    }
    return theta
  }

  private func checkSizes(_ path: String) throws {
    guard heads % keyValueHeads == 0 else {
      throw AssayError(
        .corrupt,
        "'\(path)': num_attention_heads \(heads) is no multiple of num_key_value_heads "
          + "\(keyValueHeads)")
    }
    guard headDimension % 2 == 0 else {
      throw AssayError(.corrupt, "'\(path)': head_dim \(headDimension) is odd")
    }
    guard ropeTheta > 0, normEpsilon >= 0 else {
      throw AssayError(.corrupt, "'\(path)': rope_theta and rms_norm_eps must be positive")
    }
  }
}

/// Typed access to the object of a `config.json`.
struct ConfigurationFile {
  let object: [String: Any]
  let path: String

  /// A size: a whole number from 1 to 2^31.
  func count(_ key: String, default fallback: Int? = nil) throws -> Int {
    guard let value = object[key], !(value is NSNull) else {
      if let fallback { return fallback }
      throw AssayError(.corrupt, "'\(path)' has no \(key)")
    }
    guard let number = value as? NSNumber, number.doubleValue == number.doubleValue.rounded(),
      (1.0...2_147_483_648.0).contains(number.doubleValue)
    else { throw AssayError(.corrupt, "'\(path)': \(key) is \(value), not a positive count") }
    return number.intValue
  }

  func number(_ key: String, default fallback: Double) throws -> Double {
    guard let value = object[key], !(value is NSNull) else { return fallback }
    guard let number = value as? NSNumber, number.doubleValue.isFinite else {
      throw AssayError(.corrupt, "'\(path)': \(key) is \(value), not a number")
    }
    return number.doubleValue
  }

  func flag(_ key: String, default fallback: Bool) throws -> Bool {
    guard let value = object[key], !(value is NSNull) else { return fallback }
    guard let flag = value as? Bool else {
      throw AssayError(.corrupt, "'\(path)': \(key) is \(value), not true or false")
    }
    return flag
  }

  /// One number or a list of them; empty if absent.
  func integers(_ key: String) -> [Int] {
    if let list = object[key] as? [Int] { return list }
    if let one = object[key] as? Int { return [one] }
    return []
  }
}
