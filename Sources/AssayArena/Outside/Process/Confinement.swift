import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a third-party auditor is shut in: by bubblewrap, with nothing but its own files, or not at all.
///
/// Inside there is no network, no other process, no file of this machine but the system's programs
/// and the program's own, all read-only, and a scratch folder in memory at `/tmp` that is gone
/// afterwards. Needs Linux with user namespaces; where the user is root, the program runs as nobody
/// instead, because root in a user namespace may still write the kernel's settings in /proc/sys.
struct Confinement: Hashable, Sendable {
  /// The path of `bwrap`; nil runs the program with everything that its user may do.
  var bubblewrap: String?
  /// What the ledger says: "bubblewrap 0.8.0" or "none".
  var name: String

  /// No confinement.
  static let none = Confinement(bubblewrap: nil, name: "none")

  /// Finds bubblewrap and tries it.
  ///
  /// Throws `AssayError(.unsupported)` where it is missing or does not work here, unless `unconfined`.
  static func find(unconfined: Bool) throws -> Confinement {
    if unconfined { return .none }
    let way = "or run the auditor with all that you may do: --unconfined (the ledger says so)"
    let files = FileManager.default
    let places = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"]
    guard let path = places.first(where: files.isExecutableFile) else {
      throw AssayError(
        .unsupported, "bubblewrap is not installed, so an auditor cannot be shut in",
        hint: "install it (Debian: apt-get install bubblewrap), \(way)")
    }
    let version = run(path, ["--version"]).output.split(separator: " ").last.map(String.init)
    let confinement = Confinement(
      bubblewrap: path,
      name: "bubblewrap \(version?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")")
    let folder = try makeFolder()
    defer { try? files.removeItem(at: folder) }
    let script = try confinement.script(
      in: folder, readable: [], hidden: [], limits: OutsideLimits())
    let trial = run("/bin/sh", ["-c", script, "trial", "/usr/bin/true"])
    guard trial.code == 0 else {
      throw AssayError(
        .unsupported,
        "bubblewrap does not work here: "
          + trial.errors.trimmingCharacters(in: .whitespacesAndNewlines),
        hint: "it needs version 0.8 or later, and user namespaces or root with setpriv, \(way)")
    }
    return confinement
  }

  /// A new folder that nobody else can look into.
  static func makeFolder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "assay-auditor-\(UUID().uuidString)", isDirectory: true)
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw AssayError(.io, "cannot make the folder '\(folder.path)'")
    }
    return folder
  }

  /// A shell's script that runs its arguments, confined; what it needs is written into `folder`.
  ///
  /// A program inside can read bubblewrap's command line in /proc: its arguments come from a file
  /// that nobody inside can open.
  func script(
    in folder: URL, readable: [String], hidden: [String], limits: OutsideLimits
  ) throws -> String {
    let place = "cd '\(folder.path.replacing("'", with: "'\\''"))' || exit 126; "
    guard let bubblewrap else { return place + "exec \"$@\"" }
    var words = arguments(readable: readable, hidden: hidden, limits: limits)
    var files = "3<arguments"
    if let filter = SystemCallFilter.program {
      try AtomicFile.write(filter, to: folder.appendingPathComponent("filter"))
      words += ["--seccomp", "4"]
      files += " 4<filter"
    }
    try AtomicFile.write(
      Data(words.joined(separator: "\0").utf8), to: folder.appendingPathComponent("arguments"))
    // Root stays root for the files of /proc even in a user namespace: it has to become another.
    let user =
      Self.isRoot
      ? "/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all -- " : ""
    return place + "exec '\(bubblewrap)' --args 3 -- \(user)\"$@\" \(files)"
  }

  private static var isRoot: Bool { geteuid() == 0 }

  /// Bubblewrap's arguments, up to and without the command.
  ///
  /// `hidden` folders are covered where something readable holds them.
  func arguments(readable: [String], hidden: [String], limits: OutsideLimits) -> [String] {
    var words = [
      "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try",
      "--die-with-parent", "--new-session", "--hostname", "auditor", "--cap-drop", "ALL",
    ]
    words +=
      Self.isRoot
      ? ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
      : ["--unshare-user", "--uid", "65534", "--gid", "65534", "--disable-userns"]
    let files = FileManager.default
    for folder in OutsideProgram.systemFolders {
      if let target = try? files.destinationOfSymbolicLink(atPath: folder) {
        words += ["--symlink", target, folder]
      } else if files.fileExists(atPath: folder) {
        words += ["--ro-bind", folder, folder]
      }
    }
    for name in Self.settings { words += ["--ro-bind-try", "/etc/\(name)", "/etc/\(name)"] }
    words += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ["/dev/shm", "/tmp"] {
      words += ["--perms", "1777", "--size", "\(limits.scratchBytes)", "--tmpfs", folder]
    }
    for path in readable {
      // The folders above it are empty ones that anybody may pass, whatever they are outside.
      for parent in Self.parents(of: path) { words += ["--perms", "0755", "--dir", parent] }
      words += ["--ro-bind", OutsideProgram.real(path), path]
    }
    let isLink = { (path: String) in (try? files.destinationOfSymbolicLink(atPath: path)) != nil }
    let seen = OutsideProgram.systemFolders.filter { !isLink($0) } + readable
    for folder in hidden where files.fileExists(atPath: folder) {
      let real = OutsideProgram.real(folder)
      for root in seen where OutsideProgram.lies(real, in: OutsideProgram.real(root)) {
        // Where the folder is seen: below what was bound, under the name that it was bound to.
        let below = real.dropFirst(OutsideProgram.real(root).count)
        words += ["--tmpfs", root + String(below)]
      }
    }
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--clearenv"]
    for (name, value) in Self.environment.sorted(by: { $0.key < $1.key }) {
      words += ["--setenv", name, value]
    }
    return words
  }

  /// The folders above `path`, from the root on, without those that are there anyway.
  private static func parents(of path: String) -> [String] {
    var parents: [String] = []
    var next = (path as NSString).deletingLastPathComponent
    while next.count > 1, next != "/tmp" {
      parents.insert(next, at: 0)
      next = (next as NSString).deletingLastPathComponent
    }
    return parents
  }

  /// All that a confined program finds in its environment.
  static let environment = [
    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8",
    "USER": "auditor", "LOGNAME": "auditor", "PYTHONDONTWRITEBYTECODE": "1",
  ]

  /// Settings of the system that programs need and that tell nothing about this machine's users.
  private static let settings = [
    "ssl", "ca-certificates", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives",
    "localtime", "nsswitch.conf", "mime.types",
  ]

  private static func run(
    _ program: String, _ arguments: [String]
  ) -> (code: Int32, output: String, errors: String) {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    process.environment = [:]
    do { try process.run() } catch { return (127, "", "\(error)") }
    // Both say a line at most, which a pipe holds.
    process.waitUntilExit()
    func text(_ pipe: Pipe) -> String {
      String(decoding: (try? pipe.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
    }
    return (process.terminationStatus, text(output), text(errors))
  }
}
