/// One file of a repository at one commit, as the hub describes it.
struct HubFile: Hashable, Sendable {
  /// Its name; it lies at the top of the repository.
  var name: String
  /// Its length in bytes.
  var size: Int
  /// What it is called among the blobs: 64 digits of SHA-256 for a large file, 40 of git's SHA-1
  /// for a small one.
  var etag: String
}
