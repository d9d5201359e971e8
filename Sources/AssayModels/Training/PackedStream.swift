import AssayCore
import AssayTensor
import AssayText
import Foundation

/// An endless row of documents as training batches: tokenised, separated, cut into equal lengths.
///
/// Each document is followed by the end-of-text token. A batch takes the next `rows * length` tokens,
/// so that every token is predicted once. Tokenising runs ahead on a thread of its own. Asking for
/// the next step is quick; a later step (after a resume) tokenises all before it, an earlier one
/// starts over.
public final class PackedStream: TokenSource {
  /// Sequences per batch.
  public let rows: Int
  /// Predictions per sequence.
  public let length: Int

  private let tokenizer: Tokenizer
  private let separator: Int
  private let documents: @Sendable () -> AnyIterator<String>
  private let state: Locked<(next: Int, producer: BatchProducer?)>

  /// Packs what `documents` yields; each call of it must start the same endless sequence anew.
  ///
  /// Throws `.badInput` if the tokenizer has no end-of-text token to separate documents with.
  public init(
    _ tokenizer: Tokenizer, rows: Int, length: Int,
    documents: @escaping @Sendable () -> AnyIterator<String>
  ) throws {
    guard let separator = tokenizer.endOfText else {
      throw AssayError(
        .badInput, "the tokenizer has no end-of-text token",
        hint: "add the special token <|endoftext|>; it separates documents")
    }
    self.tokenizer = tokenizer
    self.rows = rows
    self.length = length
    self.separator = separator
    self.documents = documents
    state = Locked((next: 0, producer: nil))
  }

  /// Packs `texts` again and again, each time in another order that `seed` decides.
  public convenience init(
    _ tokenizer: Tokenizer, rows: Int, length: Int, texts: [String], seed: UInt64
  ) throws {
    guard texts.contains(where: { !$0.isEmpty }) else {
      throw AssayError(.badInput, "there is no text to train on", hint: "give at least one text")
    }
    try self.init(tokenizer, rows: rows, length: length) {
      var random = SplitMix64(seed: seed)
      var order: [Int] = []
      return AnyIterator {
        if order.isEmpty { order = Array(texts.indices).shuffled(using: &random) }
        return order.popLast().map { texts[$0] }
      }
    }
  }

  deinit { state.withLock { $0.producer?.cancel() } }

  /// Predictions per batch.
  public var tokensPerBatch: Int { rows * length }

  /// The batch of `step`: tokens [rows, length + 1].
  public func batch(step: Int) throws -> TokenBatch {
    let flat = try state.withLock { state -> [Int] in
      if state.producer == nil || step < state.next {
        state.producer?.cancel()
        state.producer = BatchProducer(
          tokenizer, separator: separator, size: rows * length, documents())
        state.next = 0
      }
      guard let producer = state.producer else { return [] }
      while true {
        guard let tokens = producer.take() else {
          throw AssayError(
            .badInput, "the documents ended before step \(step)",
            hint: "give an endless sequence of documents")
        }
        state.next += 1
        if state.next > step { return tokens }
      }
    }
    // Rows overlap by one token: the last target of one is the first input of the next.
    let cut = (0..<rows).flatMap { flat[($0 * length)...(($0 + 1) * length)] }
    return TokenBatch(tokens: Tensor(cut, shape: [rows, length + 1]))
  }
}
