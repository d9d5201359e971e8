import AssayCore
import Foundation

extension URL {
  /// Makes the folder at this place and those above it where they are missing.
  func makeFolder() throws {
    do {
      try FileManager.default.createDirectory(at: self, withIntermediateDirectories: true)
    } catch {
      throw AssayError(
        .io, "cannot make the folder '\(path)'",
        hint: "choose a folder that you may write to")
    }
  }
}
