import AssayCore

/// What a family of decoders adds to the common one: its settings and the names of its weights.
///
/// One file each; `Families` lists them. The computation is ``DecoderModel``'s.
protocol ModelFamily: SendableMetatype {
  /// The `model_type` of its `config.json`.
  static var modelTypes: [String] { get }
  /// The `architectures` that can be read.
  static var architectures: [String] { get }
  /// Reads the settings. Throws `.corrupt` for impossible and `.unsupported` for unknown ones.
  static func configuration(_ file: ConfigurationFile) throws -> ModelConfiguration
  /// Whether heads may be of any width and shared, so that the shapes of weights show their sizes.
  static var hasFreeHeads: Bool { get }
  /// Every tensor of a checkpoint, in its order.
  static func slots(_ c: ModelConfiguration) -> [WeightSlot]
  /// The name that a tensor of an older or bare checkpoint has today; nil if it means nothing here
  /// and is left out.
  static func currentName(_ name: String, _ c: ModelConfiguration) -> String?
  /// A new model of the family with the sizes of `c`, in the form that the family usually has; nil
  /// where only loaded models can be saved.
  static func usualForm(_ c: ModelConfiguration) -> ModelConfiguration?
  /// `config.json` for a model made here; nil where only loaded models can be saved.
  static func huggingFaceKeys(_ c: ModelConfiguration) -> [String: Any]?
}

extension ModelFamily {
  static var hasFreeHeads: Bool { true }

  static func usualForm(_ c: ModelConfiguration) -> ModelConfiguration? { nil }

  static func huggingFaceKeys(_ c: ModelConfiguration) -> [String: Any]? { nil }

  static func currentName(_ name: String, _ c: ModelConfiguration) -> String? { name }
}

/// Every family that can be loaded.
enum Families {
  static let all: [any ModelFamily.Type] = [
    GPT2.self, GPTNeoX.self, GPTJ.self, Llama.self, Mistral.self, Qwen2.self, Qwen3.self,
    Gemma.self, Gemma2.self, Gemma3.self, Phi3.self, OLMo2.self,
  ]

  /// The family whose `model_type` is `name`.
  static func named(_ name: String) -> any ModelFamily.Type {
    guard let family = all.first(where: { $0.modelTypes.contains(name) }) else {
      fatalError("model: no family \(name)")
    }
    return family
  }

  /// The family that a `config.json` belongs to.
  ///
  /// Throws `.unsupported` naming what is supported.
  static func family(of file: ConfigurationFile) throws -> any ModelFamily.Type {
    let architectures = file.object["architectures"] as? [String] ?? []
    let type = file.object["model_type"] as? String
    for family in all {
      let (known, types) = (family.architectures, family.modelTypes)
      let fits =
        architectures.isEmpty
        ? types.contains(type ?? "") : architectures.contains { known.contains($0) }
      if fits { return family }
    }
    if EncoderFamilies.family(of: file) != nil {
      throw AssayError(
        .unsupported,
        "'\(file.path)' is an encoder (\(architectures.first ?? type ?? "")), which writes no text",
        hint: "encoders make vectors of texts: assay model embed")
    }
    let found = architectures.first ?? type ?? "none"
    let isSparse = ["Moe", "MoE", "Mixtral", "Deepseek"].contains { found.contains($0) }
    throw AssayError(
      .unsupported,
      "'\(file.path)' names the architecture \(found)"
        + (isSparse ? ", a mixture of experts, which is not supported yet" : ""),
      hint: "supported: \(ModelConfiguration.supportedArchitectures.joined(separator: ", "))")
  }
}

extension ModelConfiguration {
  /// The architectures that can be read.
  public static var supportedArchitectures: [String] { Families.all.flatMap { $0.architectures } }

  /// The architecture's name in Hugging Face's words: `LlamaForCausalLM`.
  public var architecture: String { Families.named(family).architectures[0] }

  /// These sizes in the usual form of the family called `name`, for a new model that can be saved.
  ///
  /// What else the form decides (biases, whether embeddings are tied, the share of a head that is
  /// rotated) becomes that of the family. Throws `.unsupported` listing the families that can be made,
  /// and `.badInput` for sizes that the family cannot have.
  public func usual(inFamily name: String) throws -> ModelConfiguration {
    let makeable = Families.all.filter { $0.usualForm(self) != nil }
    guard let family = makeable.first(where: { $0.modelTypes.contains(name) }),
      let made = family.usualForm(self)
    else {
      throw AssayError(
        .unsupported, "no new model of the family '\(name)' can be made",
        hint: "there are: \(makeable.flatMap { $0.modelTypes }.joined(separator: ", "))")
    }
    guard family.hasFreeHeads || (keyValueHeads == heads && headDimension * heads == hiddenSize)
    else {
      throw AssayError(
        .badInput,
        "heads of the family '\(name)' share nothing and fill the width, not \(heads) heads of "
          + "width \(headDimension) on \(keyValueHeads) of keys in \(hiddenSize)",
        hint: "give as many key/value heads as heads, and a width that they divide")
    }
    return made
  }

  /// Number of weights, shared ones counted once.
  public var parameterCount: Int {
    Families.named(family).slots(self).reduce(0) { $0 + $1.shape.reduce(1, *) }
  }
}
