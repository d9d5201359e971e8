import AssayCore
import Foundation

/// A third-party auditor's command with every file that it needs to be able to read.
struct OutsideProgram: Hashable, Sendable {
  /// The program by its absolute path, then its arguments; files are named by absolute paths.
  var words: [String]
  /// What must be readable besides the system's folders, as absolute paths.
  var readable: [String]
  /// The name that the record gives the auditor: "outside:" and the file it runs.
  var name: String

  /// Folders of the system that a confined program sees, read-only.
  static let systemFolders = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store",
  ]

  /// Finds the program and the files that `request` names.
  ///
  /// `hidden` are folders that no auditor may see: naming something inside of them is refused.
  /// Throws `AssayError`: `.usage` for a bad command line, `.notFound` for a program or file that is
  /// not there, `.forbidden` for what is hidden.
  init(
    _ request: OutsideRequest, hidden: [String],
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    var words = try CommandWords.split(request.command)
    let program = try Self.find(words[0], path: environment["PATH"] ?? "/usr/bin:/bin")
    words[0] = program
    var readable = Self.locations(of: program, hidden: hidden, home: environment["HOME"])
    var runs = program
    for index in words.indices.dropFirst() {
      let path = Self.absolute(words[index])
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
        !isFolder.boolValue
      else { continue }
      if runs == program { runs = path }
      words[index] = path
      readable.append(path)
    }
    for name in request.readable {
      let path = Self.absolute(name)
      guard FileManager.default.fileExists(atPath: path) else {
        throw AssayError(
          .notFound, "there is nothing at '\(path)' to be read", hint: "check --readable")
      }
      readable.append(path)
    }
    for path in readable {
      if let folder = hidden.first(where: { Self.lies(Self.real(path), in: Self.real($0)) }) {
        throw AssayError(
          .forbidden, "'\(path)' lies in '\(folder)', which no auditor may see",
          hint: "keep the auditor's files apart from organisms, truths and base models")
      }
    }
    self.words = words
    self.readable = readable.filter { path in
      !Self.systemFolders.contains { Self.lies(path, in: $0) }
    }
    name = "outside:" + URL(fileURLWithPath: runs).lastPathComponent
  }

  // MARK: Paths

  /// Whether `path` is `folder` or lies below it.
  static func lies(_ path: String, in folder: String) -> Bool {
    path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }

  /// `path` with every symbolic link followed.
  static func real(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  private static func find(_ word: String, path: String) throws -> String {
    let candidates =
      word.contains("/")
      ? [absolute(word)] : path.split(separator: ":").map { absolute("\($0)/\(word)") }
    guard let found = candidates.first(where: FileManager.default.isExecutableFile) else {
      throw AssayError(
        .notFound, "there is no program '\(word)'",
        hint: word.contains("/") ? "is it executable?" : "it is not in PATH")
    }
    return found
  }

  /// The program's file and what it is a link to; of an environment such as Python's, all of it.
  private static func locations(
    of program: String, hidden: [String], home: String?
  ) -> [String] {
    var found: [String] = []
    var next: String? = program
    // A chain of links is short; a circle of them ends here.
    for _ in 0..<16 {
      guard let path = next else { break }
      found.append(environment(of: path, hidden: hidden, home: home) ?? path)
      next = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)).map { target in
        target.hasPrefix("/")
          ? target
          : absolute((path as NSString).deletingLastPathComponent + "/" + target)
      }
    }
    return found
  }

  /// The folder of the environment that holds `program` as `bin/…`, where it is one and holds nothing
  /// else: not somebody's home, not the store.
  private static func environment(
    of program: String, hidden: [String], home: String?
  ) -> String? {
    let folder = (program as NSString).deletingLastPathComponent
    guard (folder as NSString).lastPathComponent == "bin" else { return nil }
    let prefix = (folder as NSString).deletingLastPathComponent
    let files = FileManager.default
    guard prefix != "/", home.map({ real($0) != real(prefix) }) ?? true,
      files.fileExists(atPath: prefix + "/pyvenv.cfg") || files.fileExists(atPath: prefix + "/lib"),
      !hidden.contains(where: { lies(real($0), in: real(prefix)) })
    else { return nil }
    return prefix
  }
}
