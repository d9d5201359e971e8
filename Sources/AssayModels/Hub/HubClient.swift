import AssayCore
import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Speaks the hub's protocol: the files of a revision, what is known of a file, its bytes.
struct HubClient: Sendable {
  /// No listing of a repository is longer than this; a server that sends more is not believed.
  private static let longestListing = 64 << 20
  /// Nor is a file, in bytes.
  private static let longestFile = 1 << 44

  let settings: HubSettings
  let name: HubName
  private let transport: HubTransport

  init(_ settings: HubSettings, name: HubName) {
    self.settings = settings
    self.name = name
    transport = HubTransport(stall: settings.stall, parallel: max(settings.parallel, 1) + 2)
  }

  /// The commit that the revision means now, and the names of all its files.
  func listing() async throws -> (commit: String, files: [String]) {
    let url = try address(
      "api/models/\(name.repository)/revision/\(Self.escaped(name.revision))")
    let body = try await retrying("the list of files of \(name)") {
      let body = Locked(Data())
      _ = try await request(
        "GET", url,
        receive: { data in
          try body.withLock { body in
            body.append(data)
            if body.count > Self.longestListing {
              throw notAHub(url, "its list of files has no end")
            }
          }
        })
      return body.withLock { $0 }
    }
    guard let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any],
      let commit = object["sha"] as? String, HubName.isCommit(commit),
      let siblings = object["siblings"] as? [[String: Any]]
    else { throw notAHub(url, "its answer is not a list of files") }
    if name.isCommit, commit != name.revision {
      throw notAHub(url, "it answered with another commit")
    }
    return (commit, siblings.compactMap { $0["rfilename"] as? String })
  }

  /// What the hub says of one file: its length and its hash.
  func describe(_ file: String, commit: String) async throws -> HubFile {
    let url = try fileAddress(file, commit: commit)
    let head = try await retrying("'\(file)'") {
      try await request("HEAD", url, leavingHub: false)
    }
    if let said = head["X-Repo-Commit"], said != commit {
      throw notAHub(url, "it answered for another commit")
    }
    guard let etag = head.etag,
      HubName.isHex(etag, digits: 64) || HubName.isHex(etag, digits: 40)
    else { throw notAHub(url, "it gives no hash for '\(file)'") }
    guard let size = head.fileSize, size <= Self.longestFile else {
      throw notAHub(url, "it does not say how long '\(file)' is, or says what cannot be")
    }
    return HubFile(name: file, size: size, etag: etag)
  }

  /// Gets a file's bytes, or those in `range`, once; see `HubTransport.send`.
  func fetch(
    _ file: String, commit: String, range: Range<Int>?,
    accept: @escaping HubTransport.Accept, receive: @escaping HubTransport.Receive
  ) async throws {
    let url = try fileAddress(file, commit: commit)
    _ = try await request("GET", url, range: range, accept: accept, receive: receive)
  }

  /// Sends a request and follows where it leads; the token goes to the hub and nowhere else.
  ///
  /// With `leavingHub` false, a redirect to another server is the answer: it carries what is known
  /// of the file.
  private func request(
    _ method: String, _ url: URL, range: Range<Int>? = nil, leavingHub: Bool = true,
    accept: @escaping HubTransport.Accept = { _ in },
    receive: @escaping HubTransport.Receive = { _ in }
  ) async throws -> HubResponse {
    let home = url
    var url = url
    for _ in 0..<10 {
      var request = URLRequest(url: url)
      request.httpMethod = method
      // Compression would hide how long the file is.
      request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
      request.setValue("assay/0.1", forHTTPHeaderField: "User-Agent")
      if let range {
        request.setValue(
          "bytes=\(range.lowerBound)-\(range.upperBound - 1)", forHTTPHeaderField: "Range")
      }
      if let token = settings.token, HubResponse.isSameServer(url, home) {
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
      }
      let response = try await transport.send(request, accept: accept, receive: receive)
      if let next = response.redirect {
        if !leavingHub, !HubResponse.isSameServer(next, home) { return response }
        let schemes = ["http", "https"]
        guard let scheme = next.scheme?.lowercased(), schemes.contains(scheme),
          scheme == "https" || url.scheme?.lowercased() == "http"
        else { throw notAHub(home, "it leads to an address that is not safe") }
        url = next
        continue
      }
      if (200..<300).contains(response.status) { return response }
      throw HubRefusal(response, name: name, settings: settings).error
    }
    throw notAHub(home, "it redirects without end")
  }

  /// Runs `body` until it succeeds, fails for good or has been tried often enough.
  private func retrying<Value>(
    _ what: String, _ body: () async throws -> Value
  ) async throws -> Value {
    var retry = HubRetry(settings, "\(what) from \(settings.endpoint)")
    while true {
      do {
        return try await body()
      } catch let failure as HubFailure {
        try await retry.pause(after: failure)
      }
    }
  }

  private func fileAddress(_ file: String, commit: String) throws -> URL {
    try address("\(name.repository)/resolve/\(commit)/\(Self.escaped(path: file))")
  }

  private func address(_ path: String) throws -> URL {
    guard let url = URL(string: "\(settings.endpoint)/\(path)") else {
      throw AssayError(
        .badInput, "'\(settings.endpoint)/\(path)' is no address", hint: "check HF_ENDPOINT")
    }
    return url
  }

  private func notAHub(_ url: URL, _ why: String) -> AssayError {
    AssayError(
      .corrupt, "\(url.host ?? settings.endpoint) does not answer like a model hub: \(why)",
      hint: "check HF_ENDPOINT (now \(settings.endpoint)) and whether a proxy stands between")
  }

  /// A file's path in a repository: its slashes stay.
  private static func escaped(path: String) -> String {
    path.split(separator: "/").map { escaped(String($0)) }.joined(separator: "/")
  }

  /// One part of an address's path; slashes too are escaped.
  private static func escaped(_ text: String) -> String {
    let plain = CharacterSet(
      charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    return text.addingPercentEncoding(withAllowedCharacters: plain) ?? text
  }
}
