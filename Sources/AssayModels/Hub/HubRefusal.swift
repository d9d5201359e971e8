import AssayCore

/// What an answer that is no success means for the user.
struct HubRefusal {
  /// `HubFailure` for what may pass, otherwise an `AssayError` with the next step.
  let error: any Error

  init(_ response: HubResponse, name: HubName, settings: HubSettings) {
    let page = "\(settings.endpoint)/\(name.repository)"
    let status = response.status
    let reason = response["X-Error-Code"] ?? ""
    switch (status, reason) {
    case (_, "RevisionNotFound"):
      error = AssayError(
        .notFound, "\(name.repository) has no revision '\(name.revision)'",
        hint: "look for its branches and tags on \(page)/tree/main; without @REVISION it is main")
    case (_, "EntryNotFound"):
      error = AssayError(
        .notFound, "\(name) has no '\(HubName.printable(response.url.lastPathComponent))'",
        hint: "the repository changed or is damaged; run the command again")
    case (_, "GatedRepo"), (403, _), (401, ""):
      error = Self.closed(name, page: page, hasToken: settings.token != nil, status: status)
    case (401, _), (404, _):
      error = AssayError(
        .notFound,
        "no model '\(name)' for \(settings.token == nil ? "the public" : "the token's owner")",
        hint: "check the name and the revision on \(page)"
          + "; if it is private, set HF_TOKEN to a token that may read it")
    case (408, _), (429, _), (500...599, _):
      let what =
        status == 429 ? "it said that there were too many requests (429)" : "it answered \(status)"
      error = HubFailure(reason: what, wait: response.retryAfter())
    case (416, _):
      error = AssayError(
        .corrupt,
        "the server says that '\(HubName.printable(response.url.lastPathComponent))' "
          + "is shorter than it said before (416)",
        hint: "run the command again; if it happens again, check HF_ENDPOINT and proxies")
    default:
      error = AssayError(
        .io, "\(response.url.host ?? settings.endpoint) answered \(status) for \(name)",
        hint: "check HF_ENDPOINT and whether a proxy stands between")
    }
  }

  private static func closed(
    _ name: HubName, page: String, hasToken: Bool, status: Int
  ) -> AssayError {
    AssayError(
      .forbidden,
      hasToken
        ? "the token gives no access to \(name.repository) (\(status))"
        : "\(name.repository) asks who you are (\(status)): it is gated or private",
      hint: "accept the terms on \(page), then set HF_TOKEN to a token of that account "
        + "that may read it")
  }
}
