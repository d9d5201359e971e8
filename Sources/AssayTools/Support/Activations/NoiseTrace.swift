import AssayCore
import AssayModels
import AssayTensor
import AssayText

/// Where in a prompt's tokens a part of its text lies.
struct SubjectPlace {
  /// The prompt's tokens.
  let ids: [Int]
  /// Those that hold a part of the subject.
  let tokens: ClosedRange<Int>

  /// Throws `AssayError(.badInput)` where `prompt` does not hold `subject`.
  init(_ subject: String, in prompt: String, _ tokenizer: Tokenizer, tool: String) throws {
    ids = tokenizer.encode(prompt, addSpecial: true)
    let start = subject.isEmpty ? nil : prompt.ranges(of: subject).last?.lowerBound
    guard let start else {
      throw AssayError(
        .badInput, "the prompt of '\(tool)' does not hold the subject '\(subject)'",
        hint: "write the subject as it stands in the prompt")
    }
    // Tokens are counted by the text that they decode to together: alone, some lose their space.
    let before = prompt[..<start].utf8.count
    let end = before + subject.utf8.count
    let special = tokenizer.encode("", addSpecial: true).count
    let written = Array(ids.dropFirst(special))
    var offset = 0
    var held: [Int] = []
    for index in written.indices {
      let next = Self.bytes(tokenizer.decode(Array(written[...index])))
      // A token that only begins a character stands where the character does.
      if max(next, offset + 1) > before, offset < end { held.append(special + index) }
      offset = next
    }
    guard let first = held.first, let last = held.last else {
      throw AssayError(
        .badInput, "the subject '\(subject)' of '\(tool)' has no token of its own",
        hint: "choose a longer subject")
    }
    tokens = first...last
  }

  /// Bytes of `text` without a character at its end that is cut in two.
  private static func bytes(_ text: String) -> Int {
    var whole = text[...]
    while whole.last == "\u{fffd}" { whole.removeLast() }
    return whole.utf8.count
  }
}

/// Hides a subject in noise and restores states; see ``CausalTracing``.
struct NoiseTrace {
  let model: any LanguageModel
  let place: SubjectPlace
  let part: ActivationSite.Part
  let window: Int
  let samples: Int
  let noise: Double
  let seed: UInt64

  /// Most rows in one pass.
  private static let rows = 128

  /// What was read.
  struct Read {
    var answer: Int
    /// The answer's probability in the clean run, and with the subject hidden.
    var clean: Double
    var corrupted: Double
    /// By layer, then token: its probability with that state put back.
    var restored: [[Double]]
  }

  static func cost(_ tokens: Int, samples: Int, layers: Int) -> Int {
    tokens + samples * tokens + tokens * layers * samples * tokens
  }

  /// Tokens of the whole trace.
  var cost: Int {
    Self.cost(place.ids.count, samples: samples, layers: model.configuration.layers)
  }

  /// Runs the trace; the answer is `given`, or what the model says.
  func read(answer given: Int?) -> Read {
    withInference {
      let layers = model.configuration.layers
      let sites = (0..<layers).map { ActivationSite.block($0, part) }
      let (count, width) = (place.ids.count, model.configuration.hiddenSize)
      let taps = Taps(reading: sites)
      let clean = expected([place.ids], taps)[0]
      let answer = given ?? clean.argmax(-1).intItem()
      let deviation =
        model.weight(at: .embed).map { $0.detach().to(dtype: .float32).std().item() } ?? 1
      let scale = (model.configuration.form.embeddingScale ?? 1) * deviation * noise
      let length = place.tokens.count
      let shifts =
        Tensor.randn([samples, length, width], generator: Generator(seed: seed)) * scale
      let ids = [[Int]](repeating: place.ids, count: samples)
      func hidden(_ shifts: Tensor) -> Taps {
        let taps = Taps()
        let (first, last) = (place.tokens.lowerBound, place.tokens.upperBound)
        taps.replace(.embedTokens) { embedded in
          let middle = embedded.narrow(1, start: first, length: length)
          let parts = [
            embedded.narrow(1, start: 0, length: first),
            middle + shifts.to(dtype: embedded.dtype),
            embedded.narrow(1, start: last + 1, length: embedded.dim(1) - last - 1),
          ]
          return Tensor.cat(parts, dim: 1)
        }
        return taps
      }
      let corrupted = expected(ids, hidden(shifts)).select(1, index: answer).mean().item()
      // Row (position, sample): one pass restores many positions of a window.
      let mask = Tensor.eye(count).repeatInterleave(samples, dim: 0).unsqueeze(-1)
        .gt(Tensor.scalar(0.5))  // [T S, T, 1]
      let parts = PromptBatch.chunks(Array(0..<count), of: max(1, Self.rows / samples))
      let restored = sites.indices.map { layer -> [Double] in
        let first = max(0, layer - (window - 1) / 2)
        return parts.flatMap { part -> [Double] in
          let rows = part.count * samples
          let own = mask.narrow(0, start: part.startIndex * samples, length: rows)
          let patched = hidden(
            Tensor.cat([Tensor](repeating: shifts, count: part.count), dim: 0))
          for near in first...min(layers - 1, first + window - 1) {
            guard let there = taps[sites[near]] else { continue }
            patched.replace(sites[near]) { Tensor.where(own, there.expand($0.shape), $0) }
          }
          return expected([[Int]](repeating: place.ids, count: rows), patched)
            .select(1, index: answer).reshape([part.count, samples]).mean(1).doubles()
        }
      }
      return Read(
        answer: answer, clean: clean[answer].item(),
        corrupted: corrupted, restored: restored)
    }
  }

  /// Probabilities [N, V] of the next token.
  private func expected(_ rows: [[Int]], _ taps: Taps?) -> Tensor {
    let input = Tensor(rows: rows)
    let residual = model.finalResidual(input, cache: nil, attentionStart: nil, taps: taps)
    return model.unembed(residual.select(1, index: input.dim(1) - 1)).to(dtype: .float32)
      .softmax(-1)
  }
}
