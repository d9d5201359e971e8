/// Where a model server listens and how much it takes on.
public struct ServerSettings: Sendable {
  /// The name by which requests ask for the model.
  public var modelName: String
  /// The address to listen on, IPv4 or IPv6, or "localhost".
  public var host = "127.0.0.1"
  /// The port; 0 takes a free one.
  public var port: UInt16 = 0
  /// The key that requests must carry, nil for none.
  public var key: String?
  /// What texts are drawn from whose requests name no seed.
  public var seed: UInt64 = 1
  /// Most bytes of a request's body.
  public var mostBytes = 8 << 20
  /// Most tokens of one text.
  public var mostTokens = 1 << 20
  /// Most texts of one request.
  public var mostChoices = 128
  /// Most requests that wait or are being answered; others get status 503.
  public var mostWaiting = 64
  /// Seconds that running requests have to end when the server stops.
  public var grace = 10.0

  /// The defaults for a model of that name.
  public init(modelName: String) {
    self.modelName = modelName
  }

  /// Whether nobody but this computer can reach the server.
  public var isLocal: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }
}
