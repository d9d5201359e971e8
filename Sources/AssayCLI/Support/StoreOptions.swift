import ArgumentParser
import Foundation

/// Where organisms, sealed truths and matches are kept.
struct StoreOptions: ParsableArguments {
  @Option(
    name: [.long, .customLong("out")],
    help: ArgumentHelp(
      "The folder with organisms/, vault/ and matches/; made when it is missing. (default: runs)",
      valueName: "dir"))
  var store: String?

  /// The folder as a location: the one that was named, else the one that `item` lies in as
  /// `<store>/<kind>/<id>`, else `runs`.
  func url(containing item: String? = nil, kind: String = "") -> URL {
    if let store { return URL(fileURLWithPath: store, isDirectory: true).standardizedFileURL }
    if let item, item.contains("/") {
      let parent = URL(fileURLWithPath: item).standardizedFileURL.deletingLastPathComponent()
      if parent.lastPathComponent == kind { return parent.deletingLastPathComponent() }
    }
    return URL(fileURLWithPath: "runs", isDirectory: true).standardizedFileURL
  }
}
