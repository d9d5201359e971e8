import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The folder in which pulled models are kept, shared with the Python library huggingface_hub.
///
/// Its layout is `models--OWNER--NAME/` with `blobs/ETAG`, `refs/REVISION` and `snapshots/COMMIT/FILE`, which
/// links to a blob. Either program finds what the other one fetched.
public struct HubCache: Sendable {
  /// The folder that holds all repositories.
  public let root: URL

  /// The cache in `root`.
  public init(root: URL) {
    self.root = root
  }

  /// The cache that `HF_HUB_CACHE` names, else `hub` in `HF_HOME`, else in the folder
  /// `huggingface` of `XDG_CACHE_HOME` or `~/.cache`.
  public init(environment: [String: String]) {
    let variables = environment.filter { !$0.value.isEmpty }
    let named = variables["HF_HUB_CACHE"] ?? variables["HUGGINGFACE_HUB_CACHE"]
    root =
      named.map(Self.expanded)
      ?? Self.home(variables).appendingPathComponent("hub", isDirectory: true)
  }

  /// The folder with the token and the cache.
  static func home(_ variables: [String: String]) -> URL {
    if let home = variables["HF_HOME"] { return expanded(home) }
    return expanded(variables["XDG_CACHE_HOME"] ?? "~/.cache")
      .appendingPathComponent("huggingface", isDirectory: true)
  }

  static func expanded(_ path: String) -> URL {
    URL(fileURLWithPath: (path as NSString).expandingTildeInPath, isDirectory: true)
  }

  /// The folder of a pulled model, nil unless its configuration and all its weights are there.
  public func snapshot(_ name: HubName) -> URL? {
    guard let commit = commit(name) else { return nil }
    let folder = snapshotFolder(name, commit: commit)
    return Self.isComplete(folder) ? folder : nil
  }

  /// The commit that a revision meant when it was last pulled.
  func commit(_ name: HubName) -> String? {
    if name.isCommit { return name.revision }
    let reference = folder(name).appendingPathComponent("refs/\(name.revision)")
    guard let text = try? String(contentsOf: reference, encoding: .utf8) else { return nil }
    let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return HubName.isCommit(commit) ? commit : nil
  }

  /// Whether a folder has `config.json` and either `model.safetensors` or every shard of its index.
  ///
  /// Only names of files that can be read count: a link whose blob is gone does not.
  static func isComplete(_ folder: URL) -> Bool {
    func has(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
    }
    guard has("config.json") else { return false }
    if has(HubPlan.weights) { return true }
    let index = folder.appendingPathComponent(HubPlan.index)
    guard let data = try? Data(contentsOf: index), let shards = try? HubPlan.shards(index: data)
    else { return false }
    return shards.allSatisfy(has)
  }

  /// The folder of one repository.
  func folder(_ name: HubName) -> URL {
    root.appendingPathComponent(name.folderName, isDirectory: true)
  }

  /// The folder of one commit's files.
  func snapshotFolder(_ name: HubName, commit: String) -> URL {
    folder(name).appendingPathComponent("snapshots/\(commit)", isDirectory: true)
  }

  /// The file with the contents that have this hash.
  func blob(_ name: HubName, _ etag: String) -> URL {
    folder(name).appendingPathComponent("blobs/\(etag)")
  }

  /// The unfinished download of a blob.
  ///
  /// Not `ETAG.incomplete`: older versions of huggingface_hub take the length of that file for what
  /// has arrived, and here pieces arrive out of order.
  func part(_ name: HubName, _ etag: String) -> URL {
    folder(name).appendingPathComponent("blobs/\(etag).assay.incomplete")
  }

  /// The file whose lock whoever downloads a blob holds.
  func lockFile(_ name: HubName, _ etag: String) -> URL {
    root.appendingPathComponent(".locks/\(name.folderName)/\(etag).lock")
  }

  /// Bytes that can still be written, nil where the system does not say.
  func freeSpace() -> Int? {
    var statistics = statvfs()
    guard statvfs(root.path, &statistics) == 0 else { return nil }
    return Int(clamping: UInt64(statistics.f_bavail) * UInt64(statistics.f_frsize))
  }
}
