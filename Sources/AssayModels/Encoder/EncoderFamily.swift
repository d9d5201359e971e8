import AssayCore

/// What a family of encoders adds to the common one: its settings and the names of its weights.
///
/// One file each; `EncoderFamilies` lists them. The computation is ``EncoderModel``'s.
protocol EncoderFamily: SendableMetatype {
  /// The `model_type` of its `config.json`.
  static var modelTypes: [String] { get }
  /// The start of every name in a checkpoint with a head on top, such as `bert.`.
  static var prefix: String { get }
  /// The architecture without a head, in Hugging Face's words.
  static func architecture(_ c: EncoderConfiguration) -> String
  /// Reads the settings. Throws `.corrupt` for impossible and `.unsupported` for unknown ones.
  static func configuration(_ file: ConfigurationFile) throws -> EncoderConfiguration
  /// How a checkpoint calls the weights.
  static var names: EncoderNames { get }
}

/// The names of an encoder's weights, without `.weight` and `.bias`; `*` stands for the layer.
struct EncoderNames {
  var query, key, value, attentionOut, attentionNorm: String
  var mlpIn, mlpOut, mlpNorm: String
  /// What stands on top and takes no part in the computation, if the checkpoint has it.
  var pooler: String?

  func at(_ layer: Int, _ name: String) -> String {
    name.replacingOccurrences(of: "*", with: String(layer))
  }
}

/// Every family of encoders that can be loaded.
enum EncoderFamilies {
  static let all: [any EncoderFamily.Type] = [BERT.self, RoBERTa.self, DistilBERT.self]

  /// The family whose `model_type` is `name`.
  static func named(_ name: String) -> any EncoderFamily.Type {
    guard let family = all.first(where: { $0.modelTypes.contains(name) }) else {
      fatalError("model: no encoder family \(name)")
    }
    return family
  }

  /// The family that a `config.json` belongs to; nil if it is none of an encoder.
  static func family(of file: ConfigurationFile) -> (any EncoderFamily.Type)? {
    guard let type = file.object["model_type"] as? String else { return nil }
    return all.first { $0.modelTypes.contains(type) }
  }
}

extension ConfigurationFile {
  /// Refuses what BERT's descendants know and this computation does not.
  func checkEncoder() throws {
    if try flag("is_decoder", default: false) || flag("add_cross_attention", default: false) {
      throw AssayError(
        .unsupported, "'\(path)' is an encoder that was made into a decoder",
        hint: "supported: is_decoder false, add_cross_attention false")
    }
    let positions = object["position_embedding_type"] as? String ?? "absolute"
    guard positions == "absolute" else {
      throw AssayError(
        .unsupported, "'\(path)' has position_embedding_type \(positions)",
        hint: "supported: absolute")
    }
  }
}
