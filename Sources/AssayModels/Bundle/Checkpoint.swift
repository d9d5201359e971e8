import AssayCore
import AssayTensor
import Foundation

/// The weight files of a Hugging Face directory: one safetensors file, or shards with an index.
///
/// Opening reads the headers alone.
struct Checkpoint {
  /// The files, opened.
  let files: [SafetensorsFile]
  /// The file that each tensor is in.
  private let places: [String: SafetensorsFile]

  init(directory: URL) throws {
    let (urls, index) = try Self.files(of: directory)
    var files: [SafetensorsFile] = []
    var places: [String: SafetensorsFile] = [:]
    for url in urls {
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw AssayError(
          .notFound, "the index names '\(url.lastPathComponent)', which is not in the directory",
          hint: "copy all shards of the model to '\(directory.path)'")
      }
      let file = try SafetensorsFile(url)
      files.append(file)
      for name in file.names where index == nil || index?[name] == url.lastPathComponent {
        places[name] = file
      }
    }
    self.files = files
    self.places = places
  }

  /// Shapes of all tensors by name.
  var shapes: [String: [Int]] {
    Dictionary(uniqueKeysWithValues: places.map { ($0.key, $0.value.shape($0.key) ?? []) })
  }

  /// What the tensor called `name` is stored in; nil if there is none.
  func dtype(_ name: String) -> DType? { places[name]?.dtype(name) }

  /// Reads the tensor called `name` into `destination`; see `SafetensorsFile.read`.
  func read(_ name: String, into destination: Tensor) throws {
    guard let file = places[name] else {
      throw AssayError(.corrupt, "the weights have no tensor '\(name)'")
    }
    try file.read(name, into: destination)
  }

  /// The files, and which of them the index promises each tensor in; no index for a single file.
  private static func files(of directory: URL) throws -> ([URL], [String: String]?) {
    let single = directory.appendingPathComponent("model.safetensors")
    let indexFile = directory.appendingPathComponent("model.safetensors.index.json")
    if FileManager.default.fileExists(atPath: single.path) {
      return ([single], nil)
    }
    if FileManager.default.fileExists(atPath: indexFile.path) {
      let map = try weightMap(indexFile)
      let files = try Set(map.values).sorted().map { name in
        // An index must not reach out of its directory.
        guard !name.contains("/"), name.hasSuffix(".safetensors") else {
          throw AssayError(.corrupt, "'\(indexFile.path)' names the file '\(name)'")
        }
        return directory.appendingPathComponent(name)
      }
      return (files, map)
    }
    throw noWeights(directory)
  }

  private static func weightMap(_ url: URL) throws -> [String: String] {
    guard let data = try? Data(contentsOf: url),
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let map = object["weight_map"] as? [String: String], !map.isEmpty
    else {
      throw AssayError(
        .corrupt, "'\(url.path)' has no weight_map from tensors to files",
        hint: "copy the file again")
    }
    return map
  }

  private static func noWeights(_ directory: URL) -> AssayError {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    let pickles = names.filter {
      $0.hasSuffix(".bin") || $0.hasSuffix(".pt") || $0.hasSuffix(".pth") || $0.hasSuffix(".ckpt")
    }.sorted()
    if let pickle = pickles.first {
      return AssayError(
        .unsupported,
        "'\(directory.path)' has its weights in a pickle (\(pickle)), which can run code when read",
        hint: "convert it where you trust it: python -c \"from transformers import "
          + "AutoModelForCausalLM as M; M.from_pretrained('DIR').save_pretrained('OUT')\"")
    }
    return AssayError(
      .notFound, "'\(directory.path)' has no model.safetensors",
      hint: "a model directory holds config.json and model.safetensors")
  }
}
