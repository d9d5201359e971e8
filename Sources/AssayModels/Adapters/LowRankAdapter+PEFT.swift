import AssayCore
import AssayTensor
import Foundation

/// Adapters on disk, in the form of the PEFT library: `adapter_config.json` and
/// `adapter_model.safetensors`.
extension LowRankAdapter {
  private static let configName = "adapter_config.json"
  private static let weightsName = "adapter_model.safetensors"

  /// Reads an adapter for `model`.
  ///
  /// Throws `.unsupported` for other methods than LoRA and for its variants (DoRA, trained biases,
  /// further trained modules, alphas of their own), `.corrupt` where the tensors do not fit the
  /// model, naming the first.
  public convenience init(_ folder: URL, for model: DecoderModel) throws {
    let file = folder.appendingPathComponent(Self.configName)
    guard let data = try? Data(contentsOf: file) else {
      throw AssayError(
        .notFound, "'\(folder.path)' has no \(Self.configName)",
        hint: "an adapter folder holds \(Self.configName) and \(Self.weightsName)")
    }
    guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      throw AssayError(.corrupt, "'\(file.path)' is not a JSON object", hint: "copy it again")
    }
    let config = ConfigurationFile(object: object, path: file.path)
    try Self.checkKind(config)
    let tensors = try SafetensorsFile(folder.appendingPathComponent(Self.weightsName))
    var found: [Factor] = []
    var used: Set<String> = []
    for slot in try Self.slots(of: model, targets: []) {
      let name = "base_model.model.\(Self.module(slot)).lora_"
      guard tensors.names.contains("\(name)A.weight") else { continue }
      // Copies: the file is mapped read-only, and an adapter may be trained further.
      let a = try tensors.tensor("\(name)A.weight").to(dtype: .float32).clone()
      let b = try tensors.tensor("\(name)B.weight").to(dtype: .float32).clone()
      let (rows, columns) = Self.sizes(slot)
      let rank = a.rank == 2 ? a.dim(0) : 0
      guard rank > 0, a.shape == [rank, columns], b.shape == [rows, rank] else {
        throw AssayError(
          .corrupt,
          "'\(folder.path)': \(Self.module(slot)) has factors \(a.shape) and \(b.shape), which do "
            + "not make [\(rows), \(columns)]", hint: "is this the model that it was trained on?")
      }
      used.formUnion(["\(name)A.weight", "\(name)B.weight"])
      found.append(
        Factor(module: Self.module(slot), a: a, b: b, isTransposed: slot.isTransposed))
    }
    if let other = tensors.names.sorted().first(where: { !used.contains($0) }) {
      throw AssayError(
        .corrupt, "'\(folder.path)' holds \(other), which the model has no place for",
        hint: "is this the model that it was trained on?")
    }
    var settings = Settings(
      rank: try config.count("r"), alpha: try config.number("lora_alpha", default: 8),
      targets: (object["target_modules"] as? [String] ?? []).map(Self.lastPart).sorted())
    settings.isRankStabilised = try config.flag("use_rslora", default: false)
    if let odd = found.first(where: { $0.a.dim(0) != settings.rank }) {
      throw AssayError(
        .unsupported,
        "'\(folder.path)': \(odd.module) has rank \(odd.a.dim(0)), the others "
          + "\(settings.rank)", hint: "adapters of one rank can be read")
    }
    self.init(settings, found)
  }

  private static func checkKind(_ config: ConfigurationFile) throws {
    let kind = config.object["peft_type"] as? String ?? "none"
    guard kind == "LORA" else {
      throw AssayError(
        .unsupported, "'\(config.path)' is an adapter of type \(kind)", hint: "supported: LORA")
    }
    func refuse(_ key: String, _ why: String) -> AssayError {
      AssayError(
        .unsupported, "'\(config.path)' sets \(key): \(why)",
        hint: "merge it with PEFT (merge_and_unload) and load the merged model")
    }
    if try config.flag("use_dora", default: false) { throw refuse("use_dora", "DoRA is not read") }
    if let bias = config.object["bias"] as? String, bias != "none" {
      throw refuse("bias", "trained biases are not read")
    }
    if let list = config.object["modules_to_save"] as? [Any], !list.isEmpty {
      throw refuse("modules_to_save", "modules trained in full are not read")
    }
    if let pattern = config.object["alpha_pattern"] as? [String: Any], !pattern.isEmpty {
      throw refuse("alpha_pattern", "an alpha for each module is not read")
    }
  }

  /// Writes a folder that PEFT opens on the model called `baseName`.
  ///
  /// Each file takes its place whole; the folder is made if it is missing.
  public func save(to folder: URL, baseName: String = "") throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw AssayError(
        .io, "cannot create '\(folder.path)'", hint: "choose a folder that you may write to")
    }
    let tensors = withoutGrad {
      Dictionary(
        uniqueKeysWithValues: parameters.map {
          ($0.name, $0.tensor.detach().to(device: .cpu).contiguous())
        })
    }
    try Safetensors.write(
      tensors, metadata: ["format": "pt"], to: folder.appendingPathComponent(Self.weightsName))
    let targets = Set(factors.map { Self.lastPart($0.module) }).sorted()
    let config: [String: Any] = [
      "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": baseName,
      "r": settings.rank, "lora_alpha": settings.alpha, "lora_dropout": 0.0, "bias": "none",
      "target_modules": targets, "inference_mode": true, "init_lora_weights": true,
      "use_rslora": settings.isRankStabilised, "use_dora": false,
      "fan_in_fan_out": factors.contains { $0.isTransposed },
    ]
    try AtomicFile.write(
      ModelBundle.json(config), to: folder.appendingPathComponent(Self.configName))
  }
}
