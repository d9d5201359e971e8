import AssayCore
import AssayTensor
import AssayText
import Foundation

/// Makes one vector of each text, so that texts of like meaning have like vectors.
///
/// Tokenizes, cuts off what goes beyond the limit, runs the encoder over batches of texts of like
/// length, and pools as the model's sentence-transformers files say (mean, scaled to length one, where
/// there are none).
///
/// ```swift
/// let embedder = try SentenceEmbedder.load(named: "sentence-transformers/all-MiniLM-L6-v2")
/// let vectors = embedder.embed(["a cat", "a kitten"])  // [2, 384]
/// ```
public struct SentenceEmbedder: Sendable {
  /// The encoder with its files.
  public let bundle: EncoderBundle
  /// How vectors of tokens become one.
  public var pooling: Pooling
  /// Tokens of a text at most, those put around it included; the rest is cut off.
  public var maximumLength: Int

  private let tokenizer: Tokenizer
  private let lowercases: Bool

  /// Length of the vectors.
  public var dimension: Int { pooling.modes.count * bundle.model.configuration.hiddenSize }

  /// Loads a model by a path or by `OWNER/NAME[@REVISION]` after it was pulled.
  ///
  /// Throws as `EncoderBundle.load`, and `.notFound` where there is no tokenizer.
  public static func load(named nameOrPath: String) throws -> SentenceEmbedder {
    try SentenceEmbedder(EncoderBundle.load(named: nameOrPath))
  }

  /// Reads pooling and limits from the files of `bundle`.
  public init(_ bundle: EncoderBundle) throws {
    guard let tokenizer = bundle.tokenizer else {
      throw AssayError(
        .notFound, "'\(bundle.directory.path)' has no tokenizer.json",
        hint: "texts need a tokenizer; copy tokenizer.json of the model there")
    }
    func object(_ name: String) -> [String: Any] {
      let data = bundle.companions[name] ?? Data()
      return (try? JSONSerialization.jsonObject(with: data) as? [String: Any]) ?? [:]
    }
    let settings = object("sentence_bert_config.json")
    let context = bundle.model.configuration.contextLength
    // Where nothing is known, transformers writes 1e30.
    let stated = settings["max_seq_length"] ?? object("tokenizer_config.json")["model_max_length"]
    let limit = (stated as? NSNumber)?.doubleValue ?? Double(context)
    self.bundle = bundle
    self.tokenizer = tokenizer
    lowercases = settings["do_lower_case"] as? Bool ?? false
    maximumLength = max(1, Int(min(limit, Double(context))))
    do {
      pooling = try Pooling(files: bundle.companions)
    } catch var error as AssayError {
      error.message = "'\(bundle.directory.path)': \(error.message)"
      throw error
    }
  }

  /// One vector for each of `texts`, [N, dimension] in float32, in their order.
  ///
  /// `batchSize` texts at most are computed together.
  public func embed(_ texts: [String], batchSize: Int = 32) -> Tensor {
    guard !texts.isEmpty else { return .zeros([0, dimension]) }
    let rows = texts.map(tokens(of:))
    // Texts of like length together, so that little is padding.
    let order = rows.indices.sorted { (rows[$0].count, $0) < (rows[$1].count, $1) }
    return withInference {
      let parts = stride(from: 0, to: order.count, by: batchSize).map { start in
        batch(order[start..<min(start + batchSize, order.count)].map { rows[$0] })
      }
      var back = [Int](repeating: 0, count: order.count)
      for (place, index) in order.enumerated() { back[index] = place }
      return Tensor.cat(parts, dim: 0).indexSelect(0, index: back)  // [N, dimension]
    }
  }

  /// The token ids of `text` with those that the tokenizer puts around it, cut to the limit.
  public func tokens(of text: String) -> [Int] {
    let text = lowercases ? text.lowercased() : text
    let whole = tokenizer.encode(text, addSpecial: true)
    guard whole.count > maximumLength else { return whole }
    // The text itself is cut, and what stands around it stays.
    let inner = tokenizer.encode(text)
    let around = whole.count - inner.count
    let start = (0...around).first { whole[$0...].starts(with: inner) } ?? 0
    let kept = inner.prefix(max(0, maximumLength - around))
    return Array((whole[..<start] + kept + whole[(start + inner.count)...]).prefix(maximumLength))
  }

  /// Vectors [B, dimension] of some rows, filled up on the right.
  private func batch(_ rows: [[Int]]) -> Tensor {
    let width = max(1, rows.map(\.count).max() ?? 1)
    let padding = bundle.model.configuration.paddingToken
    let tokens = Tensor(
      rows: rows.map { $0 + [Int](repeating: padding, count: width - $0.count) })  // [B, T]
    let mask = Tensor(
      rows.flatMap { row in (0..<width).map { $0 < row.count } }, shape: [rows.count, width])
    let states = bundle.model.encode(tokens, mask: mask).to(dtype: .float32)  // [B, T, d]
    return pooling(states, mask: mask)
  }
}
