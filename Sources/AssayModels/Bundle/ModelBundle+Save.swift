import AssayCore
import AssayTensor
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension ModelBundle {
  /// Writes a Hugging Face directory with the weights in `dtype`.
  ///
  /// Files go into a temporary directory beside `url`, which then takes its place, so that a reader
  /// never sees a part. The companions are written as they were loaded; in `config.json` only the
  /// dtype is changed. An existing directory is replaced if it is a model directory or empty.
  public func save(to url: URL, dtype: DType = .bfloat16) throws {
    try Self.save(model.parameters, companions, to: url, dtype: dtype)
  }

  /// Writes a directory of any kind of model; see `save(to:dtype:)`.
  static func save(
    _ parameters: [(name: String, tensor: Tensor)], _ companions: [String: Data], to url: URL,
    dtype: DType
  ) throws {
    let files = FileManager.default
    let parent = url.deletingLastPathComponent()
    try checkReplaceable(url)
    let temporary = parent.appendingPathComponent(
      ".\(url.lastPathComponent).\(UInt32.random(in: .min ... .max)).tmp")
    do {
      try files.createDirectory(at: parent, withIntermediateDirectories: true)
      try files.createDirectory(at: temporary, withIntermediateDirectories: false)
    } catch {
      throw AssayError(
        .io, "cannot create a directory in '\(parent.path)'",
        hint: "choose a folder that you may write to")
    }
    do {
      try write(parameters, companions, into: temporary, dtype: dtype)
      try exchange(temporary, url)
    } catch {
      try? files.removeItem(at: temporary)
      guard var told = error as? AssayError else { throw error }
      // The temporary name is gone and would only puzzle.
      told.message = told.message.replacingOccurrences(of: temporary.path, with: url.path)
      throw told
    }
  }

  private static func write(
    _ parameters: [(name: String, tensor: Tensor)], _ companions: [String: Data],
    into directory: URL, dtype: DType
  ) throws {
    for (name, data) in companions.sorted(by: { $0.key < $1.key }) {
      let contents = name == "config.json" ? try config(data, dtype: dtype) : data
      let file = directory.appendingPathComponent(name)
      if name.contains("/") {
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      }
      try AtomicFile.write(contents, to: file)
    }
    let tensors = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor) })
    try Safetensors.write(
      tensors, as: dtype, metadata: ["format": "pt"],
      to: directory.appendingPathComponent("model.safetensors"))
  }

  /// `config.json` with the dtype that is written beside it, under the key it already uses.
  private static func config(_ data: Data, dtype: DType) throws -> Data {
    guard var object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      return data
    }
    let name = String(describing: dtype)
    guard object["dtype"] as? String != name else { return data }
    let key = object["torch_dtype"] != nil && object["dtype"] == nil ? "torch_dtype" : "dtype"
    object[key] = name
    return try json(object)
  }

  private static func checkReplaceable(_ url: URL) throws {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path) else {
      if FileManager.default.fileExists(atPath: url.path) {
        throw AssayError(
          .badInput, "'\(url.path)' is a file", hint: "give a directory that does not exist yet")
      }
      return
    }
    guard names.isEmpty || names.contains("config.json") else {
      throw AssayError(
        .badInput, "'\(url.path)' exists and is no model directory",
        hint: "give a directory that does not exist yet")
    }
  }

  /// Puts `new` in the place of `old`.
  private static func exchange(_ new: URL, _ old: URL) throws {
    let aside = old.deletingLastPathComponent().appendingPathComponent(
      ".\(old.lastPathComponent).\(UInt32.random(in: .min ... .max)).old")
    let hadOld = rename(old.path, aside.path) == 0
    guard rename(new.path, old.path) == 0 else {
      let reason = String(cString: strerror(errno)).lowercased()
      if hadOld { _ = rename(aside.path, old.path) }
      throw AssayError(.io, "cannot move the saved model to '\(old.path)': \(reason)")
    }
    if hadOld { try? FileManager.default.removeItem(at: aside) }
  }
}
