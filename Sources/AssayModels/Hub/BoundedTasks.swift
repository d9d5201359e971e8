/// Runs work on many items, a few at a time.
enum BoundedTasks {
  /// Runs `body` on each item, in order, at most `limit` at once; the first error stops the others.
  static func run<Item: Sendable>(
    _ items: [Item], limit: Int, _ body: @escaping @Sendable (Item) async throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (number, item) in items.enumerated() {
        if number >= max(limit, 1) { try await group.next() }
        group.addTask { try await body(item) }
      }
      try await group.waitForAll()
    }
  }
}
