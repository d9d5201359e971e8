import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The head of a server's answer.
struct HubResponse: Sendable {
  /// The status, such as 200.
  let status: Int
  /// Where it came from.
  let url: URL
  private let headers: [String: String]

  init(_ response: HTTPURLResponse, url: URL) {
    status = response.statusCode
    self.url = response.url ?? url
    var headers: [String: String] = [:]
    for case (let name as String, let value as String) in response.allHeaderFields {
      headers[name.lowercased()] = value
    }
    self.headers = headers
  }

  /// The value of a header, by its name in any spelling.
  subscript(name: String) -> String? { headers[name.lowercased()] }

  /// Where a redirect leads, nil where this is none.
  var redirect: URL? {
    guard [301, 302, 303, 307, 308].contains(status), let location = self["Location"] else {
      return nil
    }
    return URL(string: location, relativeTo: url)?.absoluteURL
  }

  /// The hash that names the file's contents: of the linked large file, else of the file itself.
  var etag: String? {
    guard var text = self["X-Linked-Etag"] ?? self["ETag"] else { return nil }
    if text.hasPrefix("W/") { text.removeFirst(2) }
    return text.trimmingCharacters(in: CharacterSet(charactersIn: "\"")).lowercased()
  }

  /// How long the file is, where a redirect says so or this is the file itself.
  var fileSize: Int? {
    Self.length(self["X-Linked-Size"])
      ?? (redirect == nil ? Self.length(self["Content-Length"]) : nil)
  }

  /// The bytes that a partial answer holds, and of how many.
  var contentRange: (bytes: Range<Int>, total: Int?)? {
    guard let text = self["Content-Range"],
      let match = text.wholeMatch(of: /\s*bytes\s+(\d{1,18})-(\d{1,18})\/(\d{1,18}|\*)\s*/),
      let first = Int(match.1), let last = Int(match.2), first <= last
    else { return nil }
    return (first..<last + 1, Int(match.3))
  }

  /// How long the server asks to wait: seconds, or a date.
  func retryAfter(now: Date = Date()) -> Duration? {
    guard let text = self["Retry-After"]?.trimmingCharacters(in: .whitespaces) else { return nil }
    if let seconds = Int(text), (0...1_000_000).contains(seconds) { return .seconds(seconds) }
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let date = format.date(from: text) else { return nil }
    return .seconds(max(0, min(1e6, date.timeIntervalSince(now))))
  }

  /// Whether two addresses are of the same server: scheme, host and port.
  static func isSameServer(_ a: URL, _ b: URL) -> Bool {
    func port(_ url: URL) -> Int? {
      url.port ?? (url.scheme?.lowercased() == "https" ? 443 : 80)
    }
    return a.scheme?.lowercased() == b.scheme?.lowercased()
      && a.host?.lowercased() == b.host?.lowercased() && port(a) == port(b)
  }

  private static func length(_ text: String?) -> Int? {
    text.flatMap(Int.init).flatMap { $0 >= 0 ? $0 : nil }
  }
}
