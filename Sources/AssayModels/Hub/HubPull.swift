import AssayCore
import Foundation

/// Fetches a model from a hub into the cache.
public enum HubPull {
  /// A model in the cache.
  public struct Result: Sendable {
    /// What was asked for.
    public var name: HubName
    /// The commit that the revision meant.
    public var commit: String
    /// The folder with its files, in Hugging Face form.
    public var directory: URL
    /// How many files belong to it.
    public var files: Int
    /// How many bytes they have.
    public var bytes: Int
  }

  /// Fetches what Assay needs of a model: configuration, tokenizer and safetensors weights.
  ///
  /// What is there is not fetched again, and what was cut goes on. `quiet` shows no progress; `note`
  /// gets lines for the user. Without a network, a model that is whole in the cache is the result.
  /// Throws `AssayError`, whose hint is the next step.
  public static func run(
    _ name: HubName, settings: HubSettings, quiet: Bool = false,
    note: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Result {
    if settings.isOffline {
      return try cached(name, settings, "HF_HUB_OFFLINE is set", note)
    }
    let client = HubClient(settings, name: name)
    let commit: String
    let plan: HubPlan
    do {
      let listing = try await client.listing()
      commit = listing.commit
      plan = try HubPlan(files: listing.files, of: name)
    } catch let error as AssayError where error.code == .unreachable {
      guard settings.cache.snapshot(name) != nil else { throw error }
      return try cached(name, settings, error.message, note)
    }
    var files = try await describe(plan.companions, client, commit)
    try await download(files, client, commit, label: nil, note)
    let weights = try plan.isSharded ? shards(files, name, settings) : [HubPlan.weights]
    let large = try await describe(weights, client, commit)
    try await download(large, client, commit, label: quiet ? nil : "\(name)", note)
    files += large
    let directory = try settings.cache.publish(files, of: name, commit: commit)
    return Result(
      name: name, commit: commit, directory: directory, files: files.count,
      bytes: files.reduce(0) { $0 + $1.size })
  }

  private static func shards(
    _ files: [HubFile], _ name: HubName, _ settings: HubSettings
  ) throws -> [String] {
    guard let index = files.first(where: { $0.name == HubPlan.index }) else { return [] }
    return try HubPlan.shards(index: Data(contentsOf: settings.cache.blob(name, index.etag)))
  }

  private static func describe(
    _ names: [String], _ client: HubClient, _ commit: String
  ) async throws -> [HubFile] {
    let found = Locked<[String: HubFile]>([:])
    try await BoundedTasks.run(names, limit: client.settings.parallel) { name in
      let file = try await client.describe(name, commit: commit)
      found.withLock { $0[name] = file }
    }
    return found.withLock { found in names.compactMap { found[$0] } }
  }

  /// Downloads `files`: small ones side by side, large ones in turn, each in chunks side by side.
  private static func download(
    _ files: [HubFile], _ client: HubClient, _ commit: String, label: String?,
    _ note: @escaping @Sendable (String) -> Void
  ) async throws {
    let probe = HubDownload(client: client, commit: commit, count: { _ in }, note: note)
    let absent = files.filter { !probe.isPresent($0) }
    guard !absent.isEmpty else { return }
    try client.settings.cache.prepare(client.name)
    let missing = absent.reduce(0) { $0 + probe.missing($1) }
    try checkSpace(missing, client.settings.cache)
    let meter = ByteMeter(label ?? "", total: missing, quiet: label == nil)
    defer { meter.finish() }
    let download = HubDownload(
      client: client, commit: commit, count: { meter.advance(by: $0) }, note: note)
    let limit = client.settings.parallel
    let small = absent.filter { $0.size <= client.settings.chunkSize }
    try await BoundedTasks.run(small, limit: limit) { try await download.run($0) }
    for file in absent where file.size > client.settings.chunkSize {
      try await download.run(file)
    }
  }

  private static func checkSpace(_ missing: Int, _ cache: HubCache) throws {
    guard let free = cache.freeSpace(), missing > free else { return }
    let format: (Int) -> String = { String(format: "%.1f GB", Double($0) / 1e9) }
    throw AssayError(
      .io,
      "the disk of '\(cache.root.path)' is too full: \(format(missing)) to come, "
        + "\(format(free)) free",
      hint: "free some space, or set HF_HUB_CACHE to a folder on another disk")
  }

  private static func cached(
    _ name: HubName, _ settings: HubSettings, _ why: String, _ note: (String) -> Void
  ) throws -> Result {
    guard let directory = settings.cache.snapshot(name) else {
      throw AssayError(
        .notFound, "\(name) is not whole in '\(settings.cache.root.path)', and \(why)",
        hint:
          "unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE and run the command again with a network")
    }
    note("offline: \(why); taking \(name) from the cache as it was last pulled")
    let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    let sizes = names.compactMap { name in
      let url = directory.appendingPathComponent(name).resolvingSymlinksInPath()
      return try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int
    }
    return Result(
      name: name, commit: directory.lastPathComponent, directory: directory,
      files: names.count, bytes: sizes.reduce(0, +))
  }
}
