import AssayCore
import AssayModels
import Foundation

/// What every attack, tool, auditor and judge must keep, as checks that throw what is broken.
///
/// Call them from a test: `try await Conformance.checkTool(Sample.self, arguments: …, on: model)`.
/// Each throws `AssayError(.integrity)` naming the first promise that is not kept.
public enum Conformance {
  static func require(_ holds: Bool, _ broken: @autoclosure () -> String) throws {
    guard holds else { throw AssayError(.integrity, broken()) }
  }

  static func checkNames(_ name: String, _ summary: String) throws {
    let plain = name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
    }
    try require(
      plain && !name.isEmpty && !name.hasPrefix("-"),
      "the name '\(name)' must be lower-case words joined by '-'")
    try require(
      !summary.isEmpty && !summary.contains("\n"), "the summary of '\(name)' must be one line")
  }

  /// Expects `body` to throw an `AssayError` of this kind whose message contains `text`.
  static func requireRefusal(
    _ code: AssayError.Code, naming text: String, _ what: String,
    _ body: () async throws -> Void
  ) async throws {
    do {
      try await body()
    } catch let error as AssayError {
      try require(
        error.code == code && error.message.contains(text),
        "\(what) must be refused as '\(code.rawValue)' naming '\(text)', got: \(error)")
      return
    }
    throw AssayError(.integrity, "\(what) must be refused")
  }

  /// One hash over all weights, names and shapes of a model.
  public static func fingerprint(_ bundle: ModelBundle) -> String {
    var parts = Data()
    for (name, tensor) in bundle.model.parameters {
      parts.append(Data("\(name) \(tensor.shape) \(tensor.dtype)".utf8))
      parts.append(Data(Digest.sha256(tensor.detach().bytes()).utf8))
    }
    return Digest.sha256(parts)
  }

  /// Runs `body` with a folder of its own, which is removed afterwards.
  static func withTemporaryFolder<Result>(
    _ body: (URL) async throws -> Result
  ) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
  }
}
