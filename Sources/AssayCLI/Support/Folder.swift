import AssayCore
import Foundation

/// Folders that commands write to.
enum Folder {
  /// Makes `url` and what is missing above it; throws `AssayError(.io)` when the system refuses.
  static func make(_ url: URL) throws {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw AssayError(
        .io, "cannot make the folder '\(url.path)'", hint: "choose a folder that you may write to")
    }
  }
}
