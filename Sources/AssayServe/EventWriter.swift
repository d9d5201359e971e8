import AssayCore
import AssayModels
import Foundation

/// Sends texts piece by piece as server-sent events, until nobody reads them any more.
struct EventWriter: Sendable {
  private let continuation: AsyncStream<Data>.Continuation
  private let form: AnswerForm
  private let texts: Int
  private let isUnread = Locked(false)

  init(_ continuation: AsyncStream<Data>.Continuation, _ form: AnswerForm, texts: Int) {
    self.continuation = continuation
    self.form = form
    self.texts = texts
    let isUnread = isUnread
    continuation.onTermination = { _ in isUnread.withLock { $0 = true } }
  }

  /// Sends what `generate` tells, and how it ended.
  func write(_ generate: ((TextPiece) -> Bool) throws -> [Generation]) {
    defer { continuation.finish() }
    // A reader that left while others were answered costs nothing.
    guard !isUnread.withLock({ $0 }) else { return }
    for index in 0..<texts {
      if let opening = form.opening(index) { send(opening) }
    }
    var sent = [Int](repeating: 0, count: texts)
    var tokens = [[Int]](repeating: [], count: texts)
    do {
      let generations = try generate { piece in
        guard form.sendsPieces else { return !isUnread.withLock { $0 } }
        let row = piece.row
        send(form.piece(row, WrittenText(piece), offset: sent[row]))
        sent[row] += piece.text.count
        tokens[row] += piece.tokens
        if piece.isLast { send(form.ending(row, tokens[row])) }
        return !isUnread.withLock { $0 }
      }
      if !form.sendsPieces {
        for (row, generation) in generations.enumerated() {
          form.withCalls(row, generation).forEach(send)
        }
      }
      if form.sampling.includesUsage {
        send(form.closing(written: generations.reduce(0) { $0 + $1.tokens.count }))
      }
      continuation.yield(Data("data: [DONE]\n\n".utf8))
    } catch {
      send(APIFailure.of(error).body)
    }
  }

  private func send(_ value: JSONValue) {
    guard let data = try? CanonicalJSON.data(value) else { return }
    continuation.yield(Data("data: ".utf8) + data + Data("\n\n".utf8))
  }
}
