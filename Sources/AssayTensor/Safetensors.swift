import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes safetensors files.
public enum Safetensors {
  /// Writes `tensors` to `url`: the same input gives the same bytes.
  ///
  /// The file appears whole or not at all (temporary name, fsync, rename). Names in the header are
  /// sorted; data is ordered by falling element size, then name, which keeps every tensor aligned.
  /// Floating-point numbers are converted to `dtype` on the way, piece by piece, so that writing takes
  /// little memory beside the tensors; nil leaves them as they are. Throws `AssayError(.io)` where the
  /// disk is full or refuses, and `.badInput` for a dtype that the format cannot hold or the reserved
  /// name `__metadata__`.
  public static func write(
    _ tensors: [String: Tensor], as dtype: DType? = nil, metadata: [String: String] = [:],
    to url: URL
  ) throws {
    try write(tensors, as: dtype, metadata: metadata, to: url) {
      open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    }
  }

  /// The same, with the way in which the temporary file is opened left open.
  static func write(
    _ tensors: [String: Tensor], as dtype: DType? = nil, metadata: [String: String], to url: URL,
    opening: (String) -> Int32
  ) throws {
    let (header, order) = try header(of: tensors, as: dtype, metadata: metadata)
    let temporary = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp")
    let descriptor = opening(temporary.path)
    guard descriptor >= 0 else { throw failure("create", url) }
    var isOpen = true
    do {
      try AtomicFile.write(header, descriptor: descriptor, naming: url)
      for (tensor, type) in order {
        try forEachPiece(of: tensor) { piece in
          let bytes = piece.to(device: .cpu).to(dtype: type).bytes()
          try AtomicFile.write(bytes, descriptor: descriptor, naming: url)
        }
      }
      guard fsync(descriptor) == 0 else { throw failure("write", url) }
      isOpen = false
      guard close(descriptor) == 0 else { throw failure("write", url) }
      guard rename(temporary.path, url.path) == 0 else { throw failure("rename to", url) }
    } catch {
      if isOpen { close(descriptor) }
      unlink(temporary.path)
      throw error
    }
  }

  /// Calls `body` with consecutive entries of the outermost dimension, some megabytes at a time.
  private static func forEachPiece(of tensor: Tensor, _ body: (Tensor) throws -> Void) rethrows {
    let tensor = tensor.detach()
    let size = tensor.count * tensor.dtype.size
    guard size > SafetensorsFile.pieceSize, let rows = tensor.shape.first else {
      return try body(tensor)
    }
    let step = max(1, SafetensorsFile.pieceSize / (size / rows))
    for row in stride(from: 0, to: rows, by: step) {
      try body(tensor.narrow(0, start: row, length: min(step, rows - row)))
    }
  }

  /// The header's bytes, and the tensors with the dtype of each in the order in which their data
  /// follows.
  private static func header(
    of tensors: [String: Tensor], as wanted: DType?, metadata: [String: String]
  ) throws -> (Data, [(Tensor, DType)]) {
    if tensors["__metadata__"] != nil {
      throw AssayError(
        .badInput, "a tensor cannot be called '__metadata__'", hint: "the format reserves that name"
      )
    }
    let order = tensors.map { name, tensor -> (name: String, tensor: Tensor, dtype: DType) in
      let dtype = tensor.dtype
      return (name, tensor, dtype.isFloatingPoint ? wanted ?? dtype : dtype)
    }
    .sorted { ($1.dtype.size, $0.name) < ($0.dtype.size, $1.name) }
    var members: [String: String] = [:]
    var offset = 0
    for (name, tensor, dtype) in order {
      guard let type = dtype.safetensorsName else {
        throw AssayError(
          .badInput, "tensor '\(name)' has the dtype \(dtype), which safetensors cannot hold",
          hint: "convert it with to(dtype:)")
      }
      let end = offset + tensor.count * dtype.size
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members[name] =
        "{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
      offset = end
    }
    if !metadata.isEmpty {
      let pairs = try metadata.sorted { $0.key < $1.key }
        .map { try quoted($0.key) + ":" + quoted($0.value) }
      members["__metadata__"] = "{" + pairs.joined(separator: ",") + "}"
    }
    let table = try members.sorted { $0.key < $1.key }.map { try quoted($0.key) + ":" + $0.value }
    var text = Data("{\(table.joined(separator: ","))}".utf8)
    text.append(Data(repeating: 0x20, count: (8 - text.count % 8) % 8))
    var data = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    data.append(text)
    return (data, order.map { ($0.tensor, $0.dtype) })
  }

  private static func quoted(_ text: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(text), as: UTF8.self)
  }

  private static func failure(_ action: String, _ url: URL) -> AssayError {
    let number = errno
    return AssayError(
      .io, "cannot \(action) '\(url.path)': \(String(cString: strerror(number)).lowercased())",
      hint: number == ENOSPC
        ? "free some space and run the command again"
        : "check that the folder exists and that you may write to it")
  }
}
