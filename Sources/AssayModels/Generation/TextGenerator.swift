import AssayCore
import AssayTensor
import AssayText

/// Generates and scores text with a model.
///
/// ```swift
/// let generator = TextGenerator(bundle)
/// let answers = try generator.generate(
///   prompts: ["The capital of France is"], options: .greedy(4))
/// ```
///
/// Prompts are batched by length with left padding and a key/value cache; a row that has ended leaves
/// its batch. A result does not depend on the other prompts, up to rounding.
public struct TextGenerator: Sendable {
  /// The model and its tokenizer.
  public let bundle: ModelBundle
  /// Most prompts in one forward pass.
  public var batchSize: Int

  /// A generator for `bundle`; without a tokenizer, functions that take text throw.
  public init(_ bundle: ModelBundle, batchSize: Int = 64) {
    self.bundle = bundle
    self.batchSize = max(1, batchSize)
  }

  /// Continues each prompt.
  ///
  /// Throws `.badInput` for an empty prompt or one that fills the model's context. A text that
  /// reaches the end of the context ends there.
  public func generate(
    prompts: [String], options: GenerationOptions = GenerationOptions()
  ) throws -> [Generation] {
    let tokenizer = try bundle.requireTokenizer()
    return try generate(
      tokens: prompts.map { tokenizer.encode($0, addSpecial: true) }, options: options)
  }

  /// Continues each prompt given as tokens; texts are empty if there is no tokenizer.
  public func generate(
    tokens prompts: [[Int]], options: GenerationOptions = GenerationOptions()
  ) throws -> [Generation] {
    for prompt in prompts { try check(prompt) }
    if !options.stopStrings.isEmpty { _ = try bundle.requireTokenizer() }
    let ending = Ending(options, bundle)
    var sampler = Sampler(options, rows: prompts.count)
    var results = [Generation?](repeating: nil, count: prompts.count)
    let order = prompts.indices.sorted { prompts[$0].count < prompts[$1].count }
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let rows = Array(order[start..<min(start + batchSize, order.count)])
      let batch = withInference {
        generate(rows, rows.map { prompts[$0] }, options.maxNewTokens, &sampler, ending)
      }
      for (row, result) in zip(rows, batch) { results[row] = result }
    }
    return results.compactMap { $0 }
  }

  /// Generates for the prompts at `rows` in one batch.
  private func generate(
    _ rows: [Int], _ prompts: [[Int]], _ maxNewTokens: Int, _ sampler: inout Sampler,
    _ ending: Ending
  ) -> [Generation] {
    let model = bundle.model
    let longest = prompts.map(\.count).max() ?? 0
    var output = prompts.map { _ in (tokens: [Int](), logProbabilities: [Double]()) }
    let budget = min(maxNewTokens, model.configuration.contextLength - longest)
    if budget > 0 {
      let cache = KVCache(
        model.configuration, batch: prompts.count, capacity: longest + budget,
        dtype: model.parameters[0].tensor.dtype, device: model.parameters[0].tensor.device)
      var starts = prompts.map { longest - $0.count }
      var active = Array(prompts.indices)  // which prompt each row of the batch is
      var done = prompts.map { _ in false }
      let padded = prompts.flatMap { [Int](repeating: 0, count: longest - $0.count) + $0 }
      var input = Tensor(padded, shape: [prompts.count, longest])  // [N, T]
      for step in 0..<budget {
        let logits = lastLogits(input.to(device: cache.device), cache, starts)  // [N, V]
        let next = sampler.next(logits, rows: active.map { rows[$0] })  // [N]
        let chosen = logits.to(dtype: .float32).logSoftmax(-1)
          .gather(-1, index: next.unsqueeze(-1)).floats()
        for (at, token) in next.ints().enumerated() where !done[active[at]] {
          let prompt = active[at]
          output[prompt].tokens.append(token)
          output[prompt].logProbabilities.append(Double(chosen[at]))
          done[prompt] = ending.isReached(output[prompt].tokens)
        }
        let going = active.indices.filter { !done[active[$0]] }
        if going.isEmpty || step == budget - 1 { break }
        input = next.unsqueeze(-1)  // [N, 1]
        // Moving the cache costs about a step, so rows leave a quarter of the batch at a time.
        if going.count * 4 <= active.count * 3 {
          cache.select(rows: going)
          input = input.indexSelect(0, index: going)
          starts = going.map { starts[$0] }
          active = going.map { active[$0] }
        }
      }
    }
    return output.map {
      Generation(
        text: ending.text(of: $0.tokens), tokens: $0.tokens,
        logProbabilities: $0.logProbabilities)
    }
  }

  /// Logits [N, V] after the last of `tokens` [N, T].
  private func lastLogits(_ tokens: Tensor, _ cache: KVCache, _ starts: [Int]) -> Tensor {
    let residual = bundle.model.finalResidual(
      tokens, cache: cache, attentionStart: starts, taps: nil)  // [N, T, d]
    return bundle.model.unembed(residual.select(1, index: tokens.dim(1) - 1))  // [N, V]
  }

  func check(_ prompt: [Int]) throws {
    let context = bundle.model.configuration.contextLength
    guard !prompt.isEmpty else {
      throw AssayError(.badInput, "the prompt is empty", hint: "give at least one token")
    }
    guard prompt.count < context else {
      throw AssayError(
        .badInput, "the prompt has \(prompt.count) tokens, the model's context is \(context)",
        hint: "shorten the prompt to at most \(context - 1) tokens")
    }
    let vocabulary = bundle.model.configuration.vocabularySize
    if let bad = prompt.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw AssayError(
        .badInput, "token \(bad) is outside of the model's vocabulary of \(vocabulary)",
        hint: "the tokenizer and the model must belong together")
    }
  }
}
