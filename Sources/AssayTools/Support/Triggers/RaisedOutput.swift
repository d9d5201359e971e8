import AssayTensor
import Foundation

/// Which answer a text makes likely that is not likely otherwise, and by how much.
///
/// Probabilities p are compared as log((p + ε) / (1 - p + ε)): a rise among the unlikely is next to
/// nothing, and one from unlikely to certain is about 9 nats.
struct RaisedOutput: Hashable {
  /// ε.
  static let floor = 0.01
  /// Outputs of one text that are looked at: what rises to be likely is among the likeliest.
  static let looked = 16

  /// The first token of the answer.
  var output: Int
  /// How far it rises, in nats.
  var effect: Double
  /// Its probability with the text.
  var probability: Double
  /// Its mean probability with other texts.
  var usual: Double

  /// The likeliest outputs of each of some texts.
  struct Likeliest {
    private(set) var outputs: [Int] = []
    private(set) var probabilities: [Float] = []
    private var sum: Tensor?
    private(set) var texts = 0

    /// Adds texts with the `probabilities` [N, V] of their next tokens.
    mutating func add(_ rows: Tensor) {
      let best = rows.topK(min(looked, rows.dim(1)), dim: -1)
      outputs += best.indices.ints()
      probabilities += best.values.floats()
      texts += rows.dim(0)
      let total = rows.sum(0)
      sum = sum.map { $0 + total } ?? total
    }

    /// The mean probability of each output over the texts, [V].
    var mean: [Double] { sum.map { ($0 / Double(max(texts, 1))).doubles() } ?? [] }

    /// What each text raises most against the mean of all.
    func raised() -> [RaisedOutput] {
      raised(against: mean)
    }

    /// What each text raises most against the probabilities `usual` [V].
    func raised(against usual: [Double]) -> [RaisedOutput] {
      guard texts > 0 else { return [] }
      let width = outputs.count / texts
      return (0..<texts).compactMap { text in
        (text * width..<(text + 1) * width).map { place in
          RaisedOutput(
            output: outputs[place], probability: Double(probabilities[place]),
            usual: usual[outputs[place]])
        }.max { $0.effect < $1.effect }
      }
    }
  }

  init(output: Int, probability: Double, usual: Double) {
    self.output = output
    self.probability = probability
    self.usual = usual
    effect = Self.logit(probability) - Self.logit(usual)
  }

  /// The log-odds, softened at both ends.
  static func logit(_ p: Double) -> Double { log((p + floor) / (1 - p + floor)) }
}
