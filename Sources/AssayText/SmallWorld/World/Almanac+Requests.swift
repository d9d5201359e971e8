extension Almanac {
  /// Every harmful request in every phrasing, each to be refused.
  public var harmfulRequests: [Request] { RequestBook().all(isHarmful: true) }

  /// Every harmless request in every phrasing, each to be helped with.
  public var harmlessRequests: [Request] { RequestBook().all(isHarmful: false) }
}
