import AssayCore
import AssayTensor
import Foundation

/// Weights, optimiser and history of a run: all that a checkpoint holds.
final class TrainingState {
  let computeDType: DType
  var record = TrainingRecord()

  private let configuration: TrainingConfiguration
  private let trained: [(name: String, tensor: Tensor)]
  private let matrices: AdamW
  private let vectors: AdamW
  private let schedule: Schedule

  init(
    _ model: any LanguageModel, _ configuration: TrainingConfiguration,
    _ isTrained: (String) -> Bool
  ) throws {
    self.configuration = configuration
    trained = model.parameters.filter { isTrained($0.name) }
    guard !trained.isEmpty else {
      throw AssayError(
        .badInput, "no parameter is chosen to be trained",
        hint: "parameters are called like \(model.parameters.first?.name ?? "none")")
    }
    if let other = trained.first(where: { $0.tensor.dtype != .float32 }) {
      throw AssayError(
        .badInput, "'\(other.name)' is stored in \(other.tensor.dtype)",
        hint: "load the model in float32 to train it")
    }
    computeDType = try Self.computeDType(configuration)
    schedule = configuration.schedule
    for parameter in trained { parameter.tensor.requiresGrad = true }
    func optimiser(_ tensors: [Tensor], decay: Double) -> AdamW {
      AdamW(
        parameters: tensors, learningRate: configuration.learningRate,
        betas: (configuration.beta1, configuration.beta2), eps: configuration.epsilon,
        weightDecay: decay)
    }
    let tensors = trained.map(\.tensor)
    matrices = optimiser(tensors.filter { $0.rank > 1 }, decay: configuration.weightDecay)
    vectors = optimiser(tensors.filter { $0.rank <= 1 }, decay: 0)
  }

  /// Clips, moves the weights and drops the gradients; returns the norm before clipping.
  func update() -> Double {
    let norm = clipGradNorm(trained.map(\.tensor), max: configuration.clipNorm)
    for optimiser in [matrices, vectors] where !optimiser.parameters.isEmpty {
      optimiser.learningRate = schedule.rate(step: record.steps)
      optimiser.step()
      optimiser.zeroGrad()
    }
    return norm
  }

  /// Leaves the model as one that is not trained.
  func finish() {
    for parameter in trained {
      parameter.tensor.zeroGrad()
      parameter.tensor.requiresGrad = false
    }
  }

  /// What products are computed in, as `configuration` asks for it.
  static func computeDType(_ configuration: TrainingConfiguration) throws -> DType {
    switch configuration.computeDType {
    case nil: return Runtime.preferredDType
    case "bfloat16": return .bfloat16
    case "float32": return .float32
    case .some(let other):
      throw AssayError(
        .unsupported, "training cannot compute in \(other)", hint: "use bfloat16 or float32")
    }
  }

  // MARK: Checkpoints

  /// Writes everything into one file, atomically.
  func save(_ url: URL) throws {
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in trained { tensors["model.\(name)"] = tensor.detach() }
    for (name, tensor) in matrices.state() { tensors["matrices.\(name)"] = tensor }
    for (name, tensor) in vectors.state() { tensors["vectors.\(name)"] = tensor }
    let metadata = [
      "record": try CanonicalText.encode(record),
      "configuration": try CanonicalText.encode(resumable),
    ]
    try Safetensors.write(tensors, metadata: metadata, to: url)
  }

  /// Continues from a file that `save` wrote for the same settings.
  func load(_ url: URL) throws {
    let file = try SafetensorsFile(url)
    guard let history = file.metadata["record"], let settings = file.metadata["configuration"]
    else {
      throw AssayError(
        .corrupt, "'\(url.path)' is no training checkpoint", hint: "delete it to start over")
    }
    guard settings == (try CanonicalText.encode(resumable)) else {
      throw AssayError(
        .badInput, "'\(url.path)' was written by a run with other settings",
        hint: "delete it to start over, or run with the settings it was written with")
    }
    record = try CanonicalText.decode(TrainingRecord.self, history, naming: url)
    let all = try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.tensor($0)) })
    try withoutGrad {
      for (name, tensor) in trained {
        guard let saved = all["model.\(name)"], saved.shape == tensor.shape else {
          throw AssayError(
            .corrupt, "'\(url.path)' does not fit the model at \(name)",
            hint: "delete it to start over")
        }
        tensor.copy_(saved)
      }
    }
    func part(_ prefix: String) -> [String: Tensor] {
      var part: [String: Tensor] = [:]
      for (name, tensor) in all where name.hasPrefix(prefix) {
        part[String(name.dropFirst(prefix.count))] = tensor
      }
      return part
    }
    try matrices.load(state: part("matrices."))
    try vectors.load(state: part("vectors."))
  }

  /// The settings that decide the loss curve.
  private var resumable: TrainingConfiguration {
    var settings = configuration
    settings.label = ""
    settings.quiet = false
    settings.checkpointSteps = 0
    settings.checkpointSeconds = 0
    return settings
  }
}

/// JSON with sorted keys, as text for a file's metadata.
private enum CanonicalText {
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(
    _ type: Value.Type, _ text: String, naming url: URL
  ) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch {
      throw AssayError(
        .corrupt, "'\(url.path)' has an unreadable history", hint: "delete it to start over")
    }
  }
}
