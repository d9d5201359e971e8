import AssayCore
import Foundation
import Testing

@testable import AssayModels

@Suite struct HubPullTests {
  @Test func `a pull leaves the layout that huggingface_hub reads`() async throws {
    let hub = try TestHub()
    let pulled = try await hub.pull()
    let weights = Digest.sha256(TestHub.weights)
    let snapshot = "snapshots/\(TestHub.commit)"
    #expect(
      hub.contents.filter { !$0.hasPrefix("blobs/") } == [
        "refs/main", "\(snapshot)/config.json", "\(snapshot)/model.safetensors",
        "\(snapshot)/tokenizer.json",
      ])
    #expect(hub.contents.filter { $0.hasPrefix("blobs/") }.count == 3)
    let root = hub.cache.appendingPathComponent("models--owner--model")
    let reference = try Data(contentsOf: root.appendingPathComponent("refs/main"))
    #expect(reference == Data(TestHub.commit.utf8))
    let link = root.appendingPathComponent("\(snapshot)/model.safetensors").path
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: link) == "../../blobs/\(weights)")
    #expect(pulled.directory.path == root.appendingPathComponent(snapshot).path)
    #expect(pulled.files == 3 && pulled.bytes == 1_000_025 && pulled.commit == TestHub.commit)
    #expect(try Data(contentsOf: URL(fileURLWithPath: link)) == TestHub.weights)
  }

  @Test func `large files come in pieces, small ones whole`() async throws {
    let hub = try TestHub()
    try await hub.pull()
    let ranges = hub.store.log.filter { $0.method == "GET" }.compactMap(\.range)
    #expect(Set(ranges.map(\.lowerBound)) == Set(stride(from: 0, to: 1_000_000, by: 100_000)))
    #expect(ranges.count == 10)
    #expect(hub.hub.log.filter { $0.path.hasSuffix("config.json") }.allSatisfy { $0.range == nil })
    #expect(!hub.hub.log.contains { $0.path.hasSuffix("README.md") || $0.path.hasSuffix(".bin") })
  }

  @Test func `the token goes to the hub and not to where it redirects`() async throws {
    let hub = try TestHub()
    try await hub.pull("owner/model", hub.settings(["HF_TOKEN": "hf_secret\n"]))
    #expect(hub.hub.log.allSatisfy { $0.headers["authorization"] == "Bearer hf_secret" })
    #expect(!hub.store.log.isEmpty)
    #expect(hub.store.log.allSatisfy { $0.headers["authorization"] == nil })
    #expect(
      (hub.hub.log + hub.store.log).allSatisfy { $0.headers["accept-encoding"] == "identity" })
  }

  @Test func `a second pull fetches nothing again`() async throws {
    let hub = try TestHub()
    let first = try await hub.pull()
    let count = hub.store.log.count
    let second = try await hub.pull()
    #expect(second.directory == first.directory && second.bytes == first.bytes)
    #expect(hub.store.log.count == count)
    #expect(
      hub.hub.log.filter { $0.method == "GET" && $0.path.hasSuffix("config.json") }.count == 1)
  }

  @Test func `only what a cut left out is fetched by the next pull`() async throws {
    let isDown = Locked(true)
    let hub = try TestHub(storeFaults: [
      "model.safetensors": { request, _, reply in
        guard isDown.withLock({ $0 }), request.range?.lowerBound ?? 0 >= 500_000 else {
          return reply
        }
        var reply = reply
        reply.cutAfter = request.range?.lowerBound == 500_000 ? 30_000 : 0
        return reply
      }
    ])
    try await hub.expectFailure(.io, "tried 4 times", hint: "goes on where it stopped")
    #expect(hub.contents.contains { $0.hasSuffix(".assay.incomplete") })
    let before = hub.store.log.count
    isDown.withLock { $0 = false }
    try await hub.pull()
    let ranges = hub.store.log[before...].compactMap(\.range)
    #expect(ranges.map(\.lowerBound).min() == 530_000)
    #expect(!hub.contents.contains { $0.hasSuffix(".incomplete") })
  }

  @Test func `an empty file is a file`() async throws {
    var files = TestHub.files
    files["special_tokens_map.json"] = Data()
    let hub = try TestHub(files: files)
    let pulled = try await hub.pull()
    let empty = pulled.directory.appendingPathComponent("special_tokens_map.json")
    #expect(try Data(contentsOf: empty).isEmpty && pulled.files == 4)
  }

  @Test func `shards are fetched as the index names them`() async throws {
    let index =
      #"{"weight_map": {"a": "model-1-of-2.safetensors", "b": "model-2-of-2.safetensors"}}"#
    let files = [
      "config.json": Data("{}".utf8), "model.safetensors.index.json": Data(index.utf8),
      "model-1-of-2.safetensors": TestHub.weights, "model-2-of-2.safetensors": Data("b".utf8),
      "other.safetensors": Data("no".utf8),
    ]
    let hub = try TestHub(files: files, large: ["model-1-of-2.safetensors"])
    let pulled = try await hub.pull()
    let names = try FileManager.default.contentsOfDirectory(atPath: pulled.directory.path)
    #expect(Set(names) == Set(files.keys).subtracting(["other.safetensors"]))
  }

  @Test func `a pulled model is found by its name, and a directory wins over it`() async throws {
    let hub = try TestHub()
    let pulled = try await hub.pull("owner/model@v1.0")
    let cache = try hub.settings().cache
    #expect(try ModelBundle.resolve("owner/model@v1.0", cache: cache).path == pulled.directory.path)
    let byCommit = try ModelBundle.resolve("owner/model@\(TestHub.commit)", cache: cache)
    #expect(byCommit.path == pulled.directory.path)
    expectError(.notFound, "no model 'owner/model'") {
      _ = try ModelBundle.resolve("owner/model", cache: cache)
    }
    do {
      _ = try ModelBundle.resolve("owner/model", cache: cache)
    } catch let error as AssayError {
      #expect(error.hint?.contains("assay model pull owner/model") == true)
    }
    #expect(try ModelBundle.resolve(pulled.directory.path, cache: cache) == pulled.directory)
    #expect(try ModelBundle.resolve("smallworld-1m", cache: cache).path.contains("Shipped"))
  }

  @Test func `offline, a whole model is taken from the cache and an absent one is not`()
    async throws
  {
    let hub = try TestHub()
    let pulled = try await hub.pull()
    let count = hub.hub.log.count
    let notes = Locked<[String]>([])
    let settings = try hub.settings(["HF_HUB_OFFLINE": "1"])
    let again = try await hub.pull("owner/model", settings, notes: notes)
    #expect(again.directory.path == pulled.directory.path && again.bytes == pulled.bytes)
    #expect(notes.withLock { $0.first }?.contains("HF_HUB_OFFLINE") == true)
    #expect(hub.hub.log.count == count)
    let empty = try TestHub()
    try await empty.expectFailure(
      .notFound, "not whole", hint: "HF_HUB_OFFLINE",
      settings: empty.settings(["HF_HUB_OFFLINE": "1"]))
  }

  @Test func `where nobody answers, a whole model is taken from the cache`() async throws {
    let hub = try TestHub()
    let away = try hub.settings(["HF_ENDPOINT": "http://127.0.0.1:1"])
    try await hub.expectFailure(.unreachable, "nobody answered", hint: "network", settings: away)
    let pulled = try await hub.pull()
    let notes = Locked<[String]>([])
    #expect(try await hub.pull("owner/model", away, notes: notes).directory == pulled.directory)
    #expect(notes.withLock { $0.first }?.contains("offline") == true)
    // A snapshot that lost a blob is not whole.
    let blob = hub.cache.appendingPathComponent(
      "models--owner--model/blobs/\(Digest.sha256(TestHub.weights))")
    try FileManager.default.removeItem(at: blob)
    await #expect(throws: AssayError.self) { try await hub.pull("owner/model", away) }
    try await hub.pull()
    #expect(FileManager.default.fileExists(atPath: blob.path))
  }

  @Test func `a lock that another program holds is waited for`() async throws {
    let hub = try TestHub()
    let settings = try hub.settings()
    try settings.cache.prepare(HubName("owner/model"))
    let file = try settings.cache.lockFile(
      HubName("owner/model"), Digest.sha256(TestHub.weights))
    let lock = try await HubLock.acquire(file) {}
    let isDone = Locked(false)
    let notes = Locked<[String]>([])
    let pull = Task {
      try await hub.pull("owner/model", settings, notes: notes)
      isDone.withLock { $0 = true }
    }
    for _ in 0..<200 where notes.withLock(\.isEmpty) {
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(notes.withLock { $0.first }?.contains("waiting") == true)
    #expect(!isDone.withLock { $0 })
    lock.release()
    try await pull.value
  }

  @Test func `files of sentence-transformers come along, in their folder`() async throws {
    var files = TestHub.files
    files["modules.json"] = Data("[]".utf8)
    files["1_Pooling/config.json"] = Data(#"{"pooling_mode_cls_token": true}"#.utf8)
    let hub = try TestHub(files: files)
    let pulled = try await hub.pull()
    let settings = pulled.directory.appendingPathComponent("1_Pooling/config.json")
    #expect(try Data(contentsOf: settings) == files["1_Pooling/config.json"])
    let link = try FileManager.default.destinationOfSymbolicLink(atPath: settings.path)
    #expect(link.hasPrefix("../../../blobs/"))
    #expect(pulled.files == 5)
    #expect(try await hub.pull().directory == pulled.directory)
  }
}
