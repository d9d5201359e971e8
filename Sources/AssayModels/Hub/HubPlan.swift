import AssayCore
import Foundation

/// Which files of a repository are needed.
struct HubPlan: Hashable {
  static let weights = "model.safetensors"
  static let index = "model.safetensors.index.json"
  private static let companions =
    [
      "config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json",
      "special_tokens_map.json", "generation_config.json", "chat_template.jinja",
    ] + EncoderBundle.poolingNames

  /// Files beside the weights, the index of shards among them where there is one.
  var companions: [String]
  /// Whether the weights are in shards, which the index names.
  var isSharded: Bool

  /// Chooses from all `files` of a repository.
  ///
  /// Throws for names that would leave the folder, for a repository without `config.json`, and for
  /// one without safetensors weights; where these are in a pickle, the hint converts it.
  init(files: [String], of name: HubName) throws {
    if let bad = files.first(where: { !Self.staysInside($0) }) {
      throw AssayError(
        .corrupt,
        "\(name.repository) lists the file '\(HubName.printable(bad))', a name that leaves its folder",
        hint: "do not use this repository; tell the hub about it")
    }
    let listed = Set(files)
    isSharded = !listed.contains(Self.weights)
    companions = (Self.companions + (isSharded ? [Self.index] : [])).filter(listed.contains)
    guard !isSharded || listed.contains(Self.index) else { throw Self.noWeights(files, name) }
    guard listed.contains("config.json") else {
      throw AssayError(
        .notFound, "\(name.repository) has no config.json",
        hint: "it is no model in the form of the transformers library; look for one that is")
    }
  }

  /// The shards that an index names, in order; throws `AssayError(.corrupt)` where it names none or
  /// something outside of its folder.
  static func shards(index data: Data) throws -> [String] {
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let map = object["weight_map"] as? [String: String], !map.isEmpty
    else {
      throw AssayError(
        .corrupt, "\(index) has no weight_map from tensors to files",
        hint: "tell the model's author; this revision cannot be loaded")
    }
    let names = Set(map.values).sorted()
    for name in names
    where name.contains("/") || !staysInside(name) || !name.hasSuffix(".safetensors") {
      throw AssayError(
        .corrupt, "\(index) names the file '\(HubName.printable(name))'",
        hint: "tell the model's author; this revision cannot be loaded")
    }
    return names
  }

  /// Whether a name from a server stays in the folder that it is put in, on any system.
  private static func staysInside(_ name: String) -> Bool {
    let isPlain = name.unicodeScalars.allSatisfy {
      $0.value >= 32 && $0.value != 127 && $0 != "\\" && $0 != "\0"
    }
    return isPlain && name.utf8.count <= 1000
      && name.split(separator: "/", omittingEmptySubsequences: false)
        .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }

  private static func noWeights(_ files: [String], _ name: HubName) -> AssayError {
    let pickle = files.sorted().first { file in
      [".bin", ".pt", ".pth", ".ckpt"].contains { file.hasSuffix($0) }
    }
    if let pickle {
      return AssayError(
        .unsupported,
        "\(name) has its weights in a pickle (\(HubName.printable(pickle))), which can run code when read",
        hint:
          "look for a revision with model.safetensors, or convert it where you trust it: python -c "
          + "\"from transformers import AutoModelForCausalLM as M; "
          + "M.from_pretrained('\(name.repository)').save_pretrained('OUT')\"")
    }
    return AssayError(
      .notFound, "\(name) has no \(weights) and no \(index)",
      hint: "look for a repository with the whole model in safetensors")
  }
}
