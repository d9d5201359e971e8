import AssayCore
import Foundation

/// How a third-party auditor is shut in: by bubblewrap, with nothing but its own files, or not at all.
///
/// Inside there is no network, no other process, no file of this machine but the system's programs
/// and the program's own, all read-only, and a scratch folder in memory at `/tmp` that is gone
/// afterwards. Needs Linux with user namespaces.
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
    let places = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"]
    guard let path = places.first(where: FileManager.default.isExecutableFile) else {
      throw AssayError(
        .unsupported, "bubblewrap is not installed, so an auditor cannot be shut in",
        hint: "install it (Debian: apt-get install bubblewrap), \(way)")
    }
    let version = run(path, ["--version"]).output.split(separator: " ").last.map(String.init)
    let confinement = Confinement(
      bubblewrap: path,
      name: "bubblewrap \(version?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")")
    let trial = run(
      path, confinement.arguments(readable: [], hidden: [], limits: OutsideLimits()) + ["true"])
    guard trial.code == 0 else {
      throw AssayError(
        .unsupported,
        "bubblewrap does not work here: "
          + trial.errors.trimmingCharacters(in: .whitespacesAndNewlines),
        hint: "it needs version 0.8 or later and user namespaces; allow them, \(way)")
    }
    return confinement
  }

  /// Bubblewrap's arguments, up to and without the command.
  ///
  /// `hidden` folders are covered where something readable holds them.
  func arguments(readable: [String], hidden: [String], limits: OutsideLimits) -> [String] {
    var words = [
      "--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts",
      "--unshare-cgroup-try", "--uid", "65534", "--gid", "65534", "--disable-userns",
      "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "auditor",
    ]
    let files = FileManager.default
    for folder in OutsideProgram.systemFolders {
      if let target = try? files.destinationOfSymbolicLink(atPath: folder) {
        words += ["--symlink", target, folder]
      } else if files.fileExists(atPath: folder) {
        words += ["--ro-bind", folder, folder]
      }
    }
    for name in Self.settings { words += ["--ro-bind-try", "/etc/\(name)", "/etc/\(name)"] }
    words += [
      "--proc", "/proc", "--dev", "/dev",
      "--size", "\(limits.scratchBytes)", "--tmpfs", "/dev/shm",
      "--size", "\(limits.scratchBytes)", "--tmpfs", "/tmp",
    ]
    for path in readable { words += ["--ro-bind", OutsideProgram.real(path), path] }
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
