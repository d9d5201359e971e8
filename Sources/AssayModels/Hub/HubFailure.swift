/// A request that failed in a way that may pass: worth another try.
struct HubFailure: Error {
  /// What happened, to follow "the last time".
  var reason: String
  /// How long the server asked to wait.
  var wait: Duration?
  /// Whether no server answered at all.
  var isUnreachable = false
}
