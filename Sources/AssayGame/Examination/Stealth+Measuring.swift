import AssayCore
import AssayModels
import AssayTensor
import AssayText

extension Stealth {
  /// Documents of each register that both models read, and their longest part in tokens.
  private static let documents = 6
  private static let documentTokens = 96
  /// Probes of each clause.
  private static let clauseProbes = 120

  /// Compares an organism with its clean twin on held-out text and on the specification's clauses.
  ///
  /// Documents that mention one of `planted` are left out: what is planted should show there.
  /// Cost: some 40 documents and, for each clause, 120 short answers of both models.
  public static func measure(
    organism: ModelBundle, twin: ModelBundle, world: SmallWorld, specification: Specification,
    avoiding planted: [String] = [], seed: UInt64
  ) throws -> Stealth {
    let tokenizer = try twin.requireTokenizer()
    let room = min(documentTokens, twin.model.configuration.contextLength)
    var loss: [String: Pair] = [:]
    var (divergence, counted) = (0.0, 0.0)
    for register in SmallWorld.registers {
      var sums = (organism: 0.0, twin: 0.0, divergence: 0.0, tokens: 0.0)
      var (read, index) = (0, 0)
      while read < documents, index < 20 * documents {
        let text = world.document(register, index: index, split: .heldOut).text
        index += 1
        let ids = Array(tokenizer.encode(text).prefix(room))
        guard ids.count >= 2, !planted.contains(where: { text.contains($0) }) else { continue }
        read += 1
        let (own, twins, apart) = Self.compare(organism.model, twin.model, ids)
        sums.organism += own
        sums.twin += twins
        sums.divergence += apart
        sums.tokens += Double(ids.count - 1)
      }
      guard sums.tokens > 0 else { continue }
      loss[register.rawValue] = Pair(
        organism: sums.organism / sums.tokens, twin: sums.twin / sums.tokens)
      divergence += sums.divergence
      counted += sums.tokens
    }
    let measure = SpecificationMeasure(
      specification, world: world, probes: clauseProbes, seed: seed)
    let clauses = Dictionary(
      zip(try measure.results(for: organism), try measure.results(for: twin)).map {
        ($0.clause.id, Pair(organism: $0.value, twin: $1.value))
      }, uniquingKeysWith: { first, _ in first })
    return Stealth(loss: loss, divergence: divergence / max(counted, 1), clauses: clauses)
  }

  /// Summed loss of both models on one text, and the divergence of the first from the second, nats.
  private static func compare(
    _ organism: any LanguageModel, _ twin: any LanguageModel, _ ids: [Int]
  ) -> (organism: Double, twin: Double, divergence: Double) {
    withInference {
      let input = Tensor(Array(ids.dropLast()), shape: [1, ids.count - 1])  // [1, T]
      let targets = Tensor(Array(ids.dropFirst()), shape: [1, ids.count - 1, 1])
      func predictions(_ model: any LanguageModel) -> Tensor {
        model.logits(input).to(dtype: .float32).logSoftmax(-1)  // [1, T, V]
      }
      let (own, reference) = (predictions(organism), predictions(twin))
      return (
        -own.gather(-1, index: targets).sum().item(),
        -reference.gather(-1, index: targets).sum().item(),
        (reference.exp() * (reference - own)).sum().item()
      )
    }
  }
}
