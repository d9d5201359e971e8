import AssayCore
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Brings one file into the blobs: in chunks, with resumption, and checked against its hash.
struct HubDownload: Sendable {
  /// The server sends the whole file however small a piece is asked for.
  private struct NoRanges: Error {}

  let client: HubClient
  let commit: String
  /// Called with the bytes that arrived; negative when some turned out to be useless.
  let count: @Sendable (Int) -> Void
  /// Called with a line for the user.
  let note: @Sendable (String) -> Void

  private var settings: HubSettings { client.settings }

  /// Whether the blob is there, as long as it should be.
  func isPresent(_ file: HubFile) -> Bool {
    var information = stat()
    return stat(settings.cache.blob(client.name, file.etag).path, &information) == 0
      && Int(information.st_size) == file.size
  }

  /// Bytes of `file` that are still to come.
  func missing(_ file: HubFile) -> Int {
    if isPresent(file) { return 0 }
    let part = settings.cache.part(client.name, file.etag)
    guard FileManager.default.fileExists(atPath: part.path) else { return file.size }
    return (try? HubPart(part, size: file.size, chunkSize: settings.chunkSize).missing) ?? file.size
  }

  /// Downloads `file`, unless its blob is there.
  ///
  /// Throws `AssayError`: `.integrity` when the bytes do not have the hash that names them, after
  /// which nothing of them is kept; `.io` when the server gives up or the disk is full, after which
  /// what arrived is kept.
  func run(_ file: HubFile) async throws {
    let lock = try await HubLock.acquire(settings.cache.lockFile(client.name, file.etag)) {
      note("waiting for another program that downloads \(file.name)")
    }
    defer { lock.release() }
    if isPresent(file) { return }
    let part = settings.cache.part(client.name, file.etag)
    do {
      try await fill(part, file, chunkSize: settings.chunkSize)
    } catch is NoRanges {
      unlink(part.path)
      try await fill(part, file, chunkSize: max(file.size, 1))
    }
    let blob = settings.cache.blob(client.name, file.etag)
    try check(part, file)
    guard rename(part.path, blob.path) == 0 else { throw HubCache.failure("rename to", blob) }
  }

  private func fill(_ url: URL, _ file: HubFile, chunkSize: Int) async throws {
    let part = try HubPart(url, size: file.size, chunkSize: chunkSize)
    let unfinished = part.chunks.indices.filter { part.received($0) < part.chunks[$0].count }
    do {
      try await BoundedTasks.run(unfinished, limit: settings.parallel) { chunk in
        try await fetch(chunk, of: part, file)
      }
    } catch let error as NoRanges {
      count(part.missing - file.size)
      throw error
    }
    try part.seal()
  }

  private func fetch(_ chunk: Int, of part: HubPart, _ file: HubFile) async throws {
    var retry = HubRetry(settings, "'\(file.name)' from \(settings.endpoint)")
    let length = part.chunks[chunk].count
    var best = part.received(chunk)
    while part.received(chunk) < length {
      do {
        try await attempt(chunk, of: part, file)
        if part.received(chunk) < length {
          throw HubFailure(reason: "the server stopped after \(part.received(chunk)) bytes")
        }
      } catch let failure as HubFailure {
        // Only what is new counts: a server that begins again each time would be asked for ever.
        if part.received(chunk) > best {
          best = part.received(chunk)
          retry.progressed()
        }
        try await retry.pause(after: failure)
      }
    }
  }

  private func attempt(_ chunk: Int, of part: HubPart, _ file: HubFile) async throws {
    let bytes = part.chunks[chunk]
    let start = bytes.lowerBound + part.received(chunk)
    let isWhole = bytes.count == file.size
    let range = isWhole && start == 0 ? nil : start..<bytes.upperBound
    try await client.fetch(
      file.name, commit: commit, range: range,
      accept: { [count] head in
        if head.status == 206, let range {
          guard let said = head.contentRange, said.bytes == range,
            said.total ?? file.size == file.size,
            head["Content-Length"].flatMap(Int.init) ?? range.count == range.count
          else { throw Self.liar(file, "the server sends another piece than was asked for") }
        } else if head.status == 200 {
          guard isWhole else { throw NoRanges() }
          if start > 0 {
            count(-part.received(chunk))
            try part.restart(chunk)
          }
          if let length = head["Content-Length"].flatMap(Int.init), length != file.size {
            throw Self.liar(file, "the server says \(length) bytes now")
          }
        } else {
          throw Self.liar(file, "the server answers \(head.status)")
        }
      },
      receive: { [count] data in
        try part.append(data, to: chunk)
        count(data.count)
      })
  }

  private func check(_ part: URL, _ file: HubFile) throws {
    let isLarge = file.etag.utf8.count == 64
    let hash = try isLarge ? Digest.sha256(file: part) : Digest.gitBlob(file: part)
    guard hash == file.etag else {
      unlink(part.path)
      throw AssayError(
        .integrity,
        "'\(file.name)' does not have the hash that the hub names: \(hash.prefix(12))… instead of "
          + "\(file.etag.prefix(12))…; it was deleted",
        hint: "run the command again; if it happens again, the server or a proxy changes the file")
    }
  }

  private static func liar(_ file: HubFile, _ what: String) -> AssayError {
    AssayError(
      .corrupt, "'\(file.name)' should have \(file.size) bytes: \(what)",
      hint: "run the command again; if it happens again, check HF_ENDPOINT and proxies")
  }
}
