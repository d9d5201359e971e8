import AssayCore
import Foundation
import Testing

@testable import AssayModels

/// A small hub: one repository on one server, its large files on another, and an empty cache.
final class TestHub: Sendable {
  typealias Request = TestServer.Request
  typealias Reply = TestServer.Reply
  /// Changes an answer; gets the request, how many of its kind came before, and the honest answer.
  typealias Fault = @Sendable (Request, Int, Reply) -> Reply

  static let commit = "0123456789abcdef0123456789abcdef01234567"
  static let weights = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })

  let folder: URL
  let hub: TestServer
  let store: TestServer

  /// `large` are the files that the other server holds, `faults` what goes wrong with a path that
  /// ends in the name.
  init(
    files: [String: Data] = TestHub.files, names: [String]? = nil,
    large: Set<String> = ["model.safetensors"], ignoresRanges: Bool = false,
    faults: [String: Fault] = [:], storeFaults: [String: Fault] = [:]
  ) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("assay-hub-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let scratch = folder
    let hashes = try files.mapValues { data in
      let file = scratch.appendingPathComponent("hashed")
      try data.write(to: file)
      return (sha256: Digest.sha256(data), git: try Digest.gitBlob(file: file))
    }
    let listed = names ?? files.keys.sorted()
    let store = try TestServer(
      Self.faulty(storeFaults) { request in
        guard let data = files[Self.last(request)] else { return Reply(status: 404) }
        return Self.content(data, request, ignoresRanges)
      })
    self.store = store
    hub = try TestServer(
      Self.faulty(faults) { request in
        if request.path.hasPrefix("/api/models/") {
          let object: [String: Any] = [
            "sha": Self.commit, "siblings": listed.map { ["rfilename": $0] },
          ]
          let body = try? JSONSerialization.data(withJSONObject: object)
          return Reply(body: body ?? Data())
        }
        let name = Self.last(request)
        guard let data = files[name], let hash = hashes[name] else {
          return Reply(status: 404, headers: ["X-Error-Code": "EntryNotFound"])
        }
        if large.contains(name) {
          return Reply(
            status: 302,
            headers: [
              "Location": "\(store.address)/signed/\(name)", "X-Repo-Commit": Self.commit,
              "X-Linked-Etag": "\"\(hash.sha256)\"", "X-Linked-Size": "\(data.count)",
              "ETag": "\"of-the-pointer\"",
            ])
        }
        var reply = Self.content(data, request, ignoresRanges)
        reply.headers["ETag"] = "\"\(hash.git)\""
        reply.headers["X-Repo-Commit"] = Self.commit
        return reply
      })
  }

  deinit {
    hub.stop()
    store.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  static let files: [String: Data] = [
    "config.json": Data(#"{"model_type": "llama"}"#.utf8),
    "tokenizer.json": Data("{}".utf8),
    "model.safetensors": weights,
    "README.md": Data("not needed".utf8),
    "pytorch_model.bin": Data("not needed".utf8),
  ]

  /// The cache that pulls go to.
  var cache: URL { folder.appendingPathComponent("cache", isDirectory: true) }

  /// Settings with little patience, so that a test takes no longer than it must; enough of it for
  /// a computer that does other things.
  func settings(_ more: [String: String] = [:]) throws -> HubSettings {
    let environment = [
      "HF_ENDPOINT": hub.address, "HF_HUB_CACHE": cache.path, "HF_HOME": folder.path,
    ]
    var settings = try HubSettings(environment: environment.merging(more) { $1 })
    settings.stall = .seconds(5)
    settings.backoff = .milliseconds(5)
    settings.attempts = 4
    settings.chunkSize = 100_000
    return settings
  }

  /// Pulls `owner/model`.
  @discardableResult
  func pull(
    _ name: String = "owner/model", _ settings: HubSettings? = nil, notes: Locked<[String]>? = nil
  ) async throws -> HubPull.Result {
    try await HubPull.run(HubName(name), settings: settings ?? self.settings(), quiet: true) {
      note in
      notes?.withLock { $0.append(note) }
    }
  }

  /// All paths in the repository's folder, without the folders themselves.
  var contents: [String] {
    let root = cache.appendingPathComponent("models--owner--model")
    let paths =
      FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    return paths.filter { path in
      var isFolder: ObjCBool = false
      let full = root.appendingPathComponent(path).path
      return
        !(FileManager.default.fileExists(atPath: full, isDirectory: &isFolder)
        && isFolder.boolValue)
    }.sorted()
  }

  /// Expects a pull to fail like this, and nothing to show in `snapshots/` afterwards.
  func expectFailure(
    _ code: AssayError.Code, _ text: String, hint: String? = nil, name: String = "owner/model",
    settings: HubSettings? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    do {
      try await pull(name, settings)
      Issue.record("expected an error with '\(text)', got none", sourceLocation: sourceLocation)
    } catch let error as AssayError {
      #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
      #expect(error.message.contains(text), "\(error)", sourceLocation: sourceLocation)
      #expect(error.hint != nil, "\(error)", sourceLocation: sourceLocation)
      if let hint {
        #expect(error.hint?.contains(hint) == true, "\(error)", sourceLocation: sourceLocation)
      }
    }
    let shown = contents.filter { $0.hasPrefix("snapshots/") || $0.hasPrefix("refs/") }
    #expect(shown.isEmpty, sourceLocation: sourceLocation)
  }

  /// The file that a request is for: what follows the revision, or the end of any other path.
  private static func last(_ request: Request) -> String {
    let parts = request.path.split(separator: "/")
    guard let resolve = parts.firstIndex(of: "resolve"), resolve + 2 < parts.count else {
      return String(parts.last ?? "")
    }
    return parts[(resolve + 2)...].joined(separator: "/")
  }

  private static func content(_ data: Data, _ request: Request, _ ignoresRanges: Bool) -> Reply {
    guard let range = request.range, !ignoresRanges else { return Reply(body: data) }
    guard range.upperBound < data.count else { return Reply(status: 416) }
    return Reply(
      status: 206,
      headers: ["Content-Range": "bytes \(range.lowerBound)-\(range.upperBound)/\(data.count)"],
      body: data.subdata(in: range.lowerBound..<range.upperBound + 1))
  }

  private static func faulty(
    _ faults: [String: Fault], _ honest: @escaping @Sendable (Request) -> Reply
  ) -> @Sendable (Request) -> Reply {
    let counts = Locked<[String: Int]>([:])
    return { request in
      let reply = honest(request)
      guard let (name, fault) = faults.first(where: { request.path.hasSuffix($0.key) }) else {
        return reply
      }
      let before = counts.withLock { counts in
        defer { counts["\(request.method) \(name)", default: 0] += 1 }
        return counts["\(request.method) \(name)", default: 0]
      }
      return fault(request, before, reply)
    }
  }
}
