import AssayCore
import AssayTensor
import Foundation

/// The weight files of a Hugging Face directory: one safetensors file, or shards with an index.
struct Checkpoint {
  private let directory: URL
  private let files: [URL]
  /// Which file the index promises each tensor in; nil for a single file.
  private let index: [String: String]?

  init(directory: URL) throws {
    self.directory = directory
    let single = directory.appendingPathComponent("model.safetensors")
    let indexFile = directory.appendingPathComponent("model.safetensors.index.json")
    if FileManager.default.fileExists(atPath: single.path) {
      files = [single]
      index = nil
    } else if FileManager.default.fileExists(atPath: indexFile.path) {
      let map = try Self.weightMap(indexFile)
      index = map
      files = try Set(map.values).sorted().map { name in
        // An index must not reach out of its directory.
        guard !name.contains("/"), name.hasSuffix(".safetensors") else {
          throw AssayError(.corrupt, "'\(indexFile.path)' names the file '\(name)'")
        }
        return directory.appendingPathComponent(name)
      }
    } else {
      throw Self.noWeights(directory)
    }
  }

  /// All tensors by name, as they are stored (views of the mapped files where possible).
  func tensors() throws -> [String: Tensor] {
    var all: [String: Tensor] = [:]
    for url in files {
      guard FileManager.default.fileExists(atPath: url.path) else {
        throw AssayError(
          .notFound, "the index names '\(url.lastPathComponent)', which is not in the directory",
          hint: "copy all shards of the model to '\(directory.path)'")
      }
      let file = try SafetensorsFile(url)
      for name in file.names {
        if let index, index[name] != url.lastPathComponent { continue }
        all[name] = try file.tensor(name)
      }
    }
    return all
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
