import AssayCore
import Foundation

/// Which hub to ask, as whom, where to keep what it sends, and how patient to be.
///
/// The environment variables are those of the Python library huggingface_hub, with its meanings.
public struct HubSettings: Sendable {
  /// The hub's address, without a path's last slash.
  public var endpoint: String
  /// Who is asking; nil: anybody.
  ///
  /// It is sent to `endpoint` alone.
  public var token: String?
  /// The cache, shared with huggingface_hub.
  public var cache: HubCache
  /// Whether the network must be left alone.
  public var isOffline: Bool
  /// How long a connection may bring nothing before it is given up.
  public var stall: Duration = .seconds(30)
  /// The pause before the second try; it doubles with each further one, up to 16 times this.
  public var backoff: Duration = .milliseconds(500)
  /// The longest pause that a server may ask for.
  public var longestPause: Duration = .seconds(300)
  /// Tries in a row that bring nothing new before a download is given up.
  public var attempts = 6
  /// Bytes in each piece of a large file.
  public var chunkSize = 16 << 20
  /// Requests at a time.
  public var parallel = 4

  /// Settings from `HF_ENDPOINT`, `HF_TOKEN` or the token file, `HF_HUB_OFFLINE` and the variables
  /// that name the cache (see `HubCache`).
  ///
  /// Throws `AssayError(.badInput)` for an address or a token that cannot be one.
  public init(environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    let variables = environment.filter { !$0.value.isEmpty }
    endpoint = try Self.checked(endpoint: variables["HF_ENDPOINT"] ?? "https://huggingface.co")
    token = try Self.token(variables)
    cache = HubCache(environment: environment)
    isOffline =
      Self.isTrue(variables["HF_HUB_OFFLINE"]) || Self.isTrue(variables["TRANSFORMERS_OFFLINE"])
  }

  private static func checked(endpoint: String) throws -> String {
    var text = endpoint
    while text.hasSuffix("/") { text.removeLast() }
    guard let parts = URLComponents(string: text),
      parts.scheme == "https" || parts.scheme == "http",
      parts.host?.isEmpty == false, parts.user == nil, parts.query == nil, parts.fragment == nil
    else {
      throw AssayError(
        .badInput, "HF_ENDPOINT is '\(HubName.printable(endpoint))', which is no address of a hub",
        hint: "set it to something like https://huggingface.co, or unset it")
    }
    return text
  }

  private static func token(_ variables: [String: String]) throws -> String? {
    if isTrue(variables["HF_HUB_DISABLE_IMPLICIT_TOKEN"]) { return nil }
    let given = variables["HF_TOKEN"] ?? variables["HUGGING_FACE_HUB_TOKEN"]
    let file =
      variables["HF_TOKEN_PATH"].map(HubCache.expanded)
      ?? HubCache.home(variables).appendingPathComponent("token")
    let text = given ?? (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !token.isEmpty else { return nil }
    // A line break in a header would be another header.
    guard token.utf8.allSatisfy({ (33...126).contains($0) }) else {
      throw AssayError(
        .badInput, "\(given == nil ? "the file '\(file.path)'" : "HF_TOKEN") holds no token",
        hint: "make one at https://huggingface.co/settings/tokens; it starts with hf_")
    }
    return token
  }

  private static func isTrue(_ value: String?) -> Bool {
    ["1", "ON", "YES", "TRUE"].contains(value?.uppercased() ?? "")
  }
}
