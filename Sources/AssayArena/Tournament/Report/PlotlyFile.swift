import Foundation

/// Plotly.js, which `scripts/setup` puts into `.deps` from the pinned wheel on PyPI.
enum PlotlyFile {
  /// The file's place, looked for in `.deps` of every folder above this program and above the
  /// current folder; nil where it is not.
  static func find() -> URL? {
    let starts = [
      Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent(),
      URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true),
    ]
    for start in starts.compactMap({ $0 }) {
      var folder = start
      while folder.pathComponents.count > 1 {
        let file = folder.appendingPathComponent(".deps/plotly/plotly.min.js")
        if FileManager.default.fileExists(atPath: file.path) { return file }
        folder = folder.deletingLastPathComponent()
      }
    }
    return nil
  }
}
