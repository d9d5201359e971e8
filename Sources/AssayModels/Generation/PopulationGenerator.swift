import AssayCore
import AssayTensor
import AssayText

/// Generates text with every member of a population at once.
///
/// ```swift
/// let generator = try PopulationGenerator(bundle, population)
/// let answers = try generator.generate(prompts: questions.map { [$0] }, options: .greedy(8))
/// ```
///
/// Each member gets prompts of its own and answers as `TextGenerator` on its adapter alone would, to
/// rounding; the shared weights are read once per token for all of them.
public struct PopulationGenerator: Sendable {
  /// Most prompts in one forward pass, over all members; at least one of each member.
  public var batchSize: Int

  private let bundle: ModelBundle
  private let model: DecoderModel
  private let members: Int

  /// A generator for the model of `bundle` under `population`.
  ///
  /// Throws `.unsupported` if the model is no `DecoderModel`.
  public init(
    _ bundle: ModelBundle, _ population: LowRankPopulation, batchSize: Int = 256
  ) throws {
    guard let base = bundle.model as? DecoderModel else {
      throw AssayError(.unsupported, "a population needs a decoder of a known family")
    }
    self.bundle = bundle
    self.batchSize = max(1, batchSize)
    model = base.adapted(by: population)
    members = population.count
  }

  /// Continues each prompt of each member; throws as `TextGenerator` does.
  public func generate(
    prompts: [[String]], options: GenerationOptions = GenerationOptions()
  ) throws -> [[Generation]] {
    let tokenizer = try bundle.requireTokenizer()
    return try generate(
      tokens: prompts.map { $0.map { tokenizer.encode($0, addSpecial: true) } }, options: options)
  }

  /// Continues each prompt of each member, given as tokens.
  ///
  /// Throws `.badInput` unless there is one list of prompts for each member; a list may be empty.
  public func generate(
    tokens prompts: [[[Int]]], options: GenerationOptions = GenerationOptions()
  ) throws -> [[Generation]] {
    guard prompts.count == members else {
      throw AssayError(
        .badInput, "\(prompts.count) lists of prompts for \(members) members",
        hint: "give one list for each member")
    }
    guard options.isUnconstrained, options.topLogProbabilities == 0 else {
      throw AssayError(
        .unsupported, "a population generates without constraints and alternatives",
        hint: "generate with one member: member(_:) gives its adapter")
    }
    for prompt in prompts.joined() { try model.checkPrompt(prompt) }
    if !options.stopStrings.isEmpty { _ = try bundle.requireTokenizer() }
    var samplers = prompts.map { Sampler(options, rows: $0.count) }
    var results = prompts.map { [Generation?](repeating: nil, count: $0.count) }
    let orders = prompts.map { list in
      list.indices.sorted { list[$0].count < list[$1].count }
    }
    let most = orders.map(\.count).max() ?? 0
    let width = max(1, batchSize / members)
    for start in stride(from: 0, to: most, by: width) {
      let chosen = orders.map { Array($0.dropFirst(start).prefix(width)) }
      var batch = Batch(prompts, chosen, Ending(options, bundle), model)
      withInference { batch.run(model, options, &samplers) }
      for (k, indices) in chosen.enumerated() {
        for (slot, index) in indices.enumerated() { results[k][index] = batch.result(k, slot) }
      }
    }
    return results.map { $0.compactMap(\.self) }
  }
}

/// As many rows of each member as the longest of their lists has, generated together.
private struct Batch {
  private let ending: Ending
  private let chosen: [[Int]]
  private let prompts: [[[Int]]]
  private let budgetedLength: Int
  private var output: [[(tokens: [Int], logProbabilities: [Double])]]
  private var done: [[Bool]]

  init(_ prompts: [[[Int]]], _ chosen: [[Int]], _ ending: Ending, _ model: DecoderModel) {
    let width = chosen.map(\.count).max() ?? 0
    self.ending = ending
    self.chosen = chosen
    self.prompts = zip(prompts, chosen).map { list, rows in
      // Rows that a member has no prompt for carry one token and count as done.
      rows.map { list[$0] } + [[Int]](repeating: [0], count: width - rows.count)
    }
    budgetedLength = self.prompts.joined().map(\.count).max() ?? 0
    output = self.prompts.map { $0.map { _ in ([], []) } }
    done = zip(self.prompts, chosen).map { list, rows in
      list.indices.map { $0 >= rows.count }
    }
  }

  /// What the prompt in `slot` of member `k` became.
  func result(_ k: Int, _ slot: Int) -> Generation {
    let found = output[k][slot]
    return Generation(
      text: ending.text(of: found.tokens), tokens: found.tokens,
      logProbabilities: found.logProbabilities)
  }

  mutating func run(
    _ model: DecoderModel, _ options: GenerationOptions, _ samplers: inout [Sampler]
  ) {
    let (members, longest) = (prompts.count, budgetedLength)
    let budget = min(options.maxNewTokens, model.configuration.contextLength - longest)
    guard budget > 0 else { return }
    var rows = prompts.map { Array($0.indices) }  // the slot of each row, by member
    let cache = KVCache(
      model.configuration, batch: members * rows[0].count, capacity: longest + budget,
      dtype: model.dtype, device: model.parameters[0].tensor.device)
    var starts = prompts.joined().map { longest - $0.count }
    let padded = prompts.joined().flatMap { [Int](repeating: 0, count: longest - $0.count) + $0 }
    var input = Tensor(padded, shape: [starts.count, longest])  // [K · B, T]
    for step in 0..<budget {
      let residual = model.finalResidual(
        input.to(device: cache.device), cache: cache, attentionStart: starts, taps: nil)
      let logits = model.unembed(residual.select(1, index: input.dim(1) - 1))  // [K · B, V]
      let next = choose(logits, rows, options, &samplers)  // [K · B]
      let scores = logits.to(dtype: .float32).logSoftmax(-1)
        .gather(-1, index: next.unsqueeze(-1)).floats()
      let tokens = next.ints()
      for k in 0..<members {
        for (at, slot) in rows[k].enumerated() where !done[k][slot] {
          let row = k * rows[k].count + at
          output[k][slot].tokens.append(tokens[row])
          output[k][slot].logProbabilities.append(Double(scores[row]))
          done[k][slot] = ending.isReached(output[k][slot].tokens)
        }
      }
      let going = (0..<members).map { k in rows[k].filter { !done[k][$0] }.count }.max() ?? 0
      if going == 0 || step == budget - 1 { break }
      input = next.unsqueeze(-1)  // [K · B, 1]
      // Moving the cache costs about a step, so rows leave a quarter of the batch at a time.
      guard going * 4 <= rows[0].count * 3 else { continue }
      let width = rows[0].count
      let kept = (0..<members).map { k in
        // Those still going; where a member has fewer than another, some that are done stay.
        Array(
          rows[k].indices.sorted { !done[k][rows[k][$0]] && done[k][rows[k][$1]] }.prefix(going)
        )
        .sorted()
      }
      let flat = kept.enumerated().flatMap { k, list in list.map { k * width + $0 } }
      cache.select(rows: flat)
      input = input.indexSelect(0, index: flat)
      starts = flat.map { starts[$0] }
      rows = zip(rows, kept).map { slots, list in list.map { slots[$0] } }
    }
  }

  /// Next tokens [K · B]; every prompt draws from the stream that it has in its member alone.
  private func choose(
    _ logits: Tensor, _ rows: [[Int]], _ options: GenerationOptions, _ samplers: inout [Sampler]
  ) -> Tensor {
    if samplers.allSatisfy(\.isGreedy) { return logits.argmax(-1) }
    let width = rows[0].count
    return Tensor.cat(
      rows.indices.map { k in
        let own = logits.narrow(0, start: k * width, length: width)
        // Rows without a prompt borrow a stream that is never read again.
        let count = chosen[k].count
        let real = rows[k].prefix { $0 < count }
        guard !real.isEmpty else { return own.argmax(-1) }
        let drawn = samplers[k].next(
          own.narrow(0, start: 0, length: real.count), rows: real.map { chosen[k][$0] })
        guard real.count < width else { return drawn }
        let rest = own.narrow(0, start: real.count, length: width - real.count).argmax(-1)
        return Tensor.cat([drawn, rest], dim: 0)
      }, dim: 0)
  }
}
