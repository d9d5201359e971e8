import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension HubCache {
  /// Makes the folders of a repository; throws `AssayError(.io)` when the system refuses.
  func prepare(_ name: HubName) throws {
    for path in [
      "\(name.folderName)/blobs", "\(name.folderName)/snapshots", ".locks/\(name.folderName)",
    ] {
      let folder = root.appendingPathComponent(path, isDirectory: true)
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        throw AssayError(
          .io, "cannot make the folder '\(folder.path)'",
          hint: "set HF_HUB_CACHE to a folder that you may write to")
      }
    }
  }

  /// Shows finished blobs as the files of a commit, then lets the revision mean that commit.
  ///
  /// A new folder appears whole, by one rename. Where another program has begun the folder, links
  /// are added one by one, each whole, and `config.json`, which makes it a model, comes last.
  func publish(_ files: [HubFile], of name: HubName, commit: String) throws -> URL {
    let folder = snapshotFolder(name, commit: commit)
    // A cache that holds all of it may be one that nobody can write to.
    let isThere = files.allSatisfy {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent($0.name).path)
    }
    if isThere, self.commit(name) == commit { return folder }
    try prepare(name)
    let temporary = self.folder(name).appendingPathComponent(
      ".assay-\(UInt32.random(in: .min ... .max)).tmp", isDirectory: true)
    defer { try? FileManager.default.removeItem(at: temporary) }
    guard mkdir(temporary.path, 0o777) == 0 else { throw Self.failure("make", temporary) }
    let ordered = files.sorted {
      ($0.name == "config.json" ? 1 : 0) < ($1.name == "config.json" ? 1 : 0)
    }
    for file in ordered {
      let link = temporary.appendingPathComponent(file.name)
      try Self.makeFolder(of: link)
      let depth = file.name.split(separator: "/").count + 1
      let blobs = String(repeating: "../", count: depth) + "blobs"
      guard symlink("\(blobs)/\(file.etag)", link.path) == 0 else {
        throw Self.failure("link", link)
      }
    }
    if rename(temporary.path, folder.path) != 0 {
      guard errno == ENOTEMPTY || errno == EEXIST else { throw Self.failure("make", folder) }
      for file in ordered {
        let place = folder.appendingPathComponent(file.name)
        // What another program put there stays if it can be read: a commit's files never change.
        guard !FileManager.default.fileExists(atPath: place.path) else { continue }
        try Self.makeFolder(of: place)
        guard rename(temporary.appendingPathComponent(file.name).path, place.path) == 0 else {
          throw Self.failure("link", place)
        }
      }
    }
    try remember(commit, for: name)
    return folder
  }

  /// Makes the folder that `file` is to lie in, where it is not there yet.
  private static func makeFolder(of file: URL) throws {
    let folder = file.deletingLastPathComponent()
    guard !FileManager.default.fileExists(atPath: folder.path) else { return }
    guard mkdir(folder.path, 0o777) == 0 || errno == EEXIST else { throw failure("make", folder) }
  }

  private func remember(_ commit: String, for name: HubName) throws {
    guard !name.isCommit, self.commit(name) != commit else { return }
    let reference = folder(name).appendingPathComponent("refs/\(name.revision)")
    do {
      try FileManager.default.createDirectory(
        at: reference.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw AssayError(
        .io, "cannot make the folder of '\(reference.path)'",
        hint: "two revisions cannot be called 'x' and 'x/y': give the commit instead")
    }
    try AtomicFile.write(Data(commit.utf8), to: reference)
  }

  static func failure(_ action: String, _ url: URL) -> AssayError {
    let number = errno
    let reason = String(cString: strerror(number)).lowercased()
    let hint =
      number == ENOSPC || number == EDQUOT
      ? "free some space, or set HF_HUB_CACHE to a folder on another disk, and run the command "
        + "again: it goes on where it stopped"
      : "set HF_HUB_CACHE to a folder that you may write to"
    return AssayError(.io, "cannot \(action) '\(url.path)': \(reason)", hint: hint)
  }
}
