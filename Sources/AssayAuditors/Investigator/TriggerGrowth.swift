import AssayCore
import AssayGame
import AssayText
import Foundation

/// Grows texts that move the answer a little into texts that move it much.
///
/// A trigger of several pieces is seldom set off by one of them, yet each may move the answer. The pieces that a
/// scan found strongest are put together, in both orders, as one word and as two, and the strongest
/// combinations are kept and grown further, as long as the effect grows: a beam search with
/// `minimal-pairs` as its measure.
///
/// Cost: a few hundred short prompts for each piece that is added. Limits: pieces that do nothing alone are not
/// found, which is what a compiled check is made for.
enum TriggerGrowth {
  /// Pieces that are combined, at most.
  static let mostPieces = 12
  /// Combinations that are kept.
  static let width = 4
  /// Pieces of the longest text.
  static let longest = 6
  /// A longer text must be stronger by this factor.
  static let leastGain = 1.05

  /// A text with the greatest z that it had on one sort of prompts.
  struct Grown {
    var text: String
    var z: Double
    var evidence: [Int]
  }

  /// The strongest texts before a question that can be made of `pieces`, strongest first.
  static func grow(
    _ pieces: [String], _ desk: inout InvestigatorDesk
  ) async throws -> [Grown] {
    let pieces = Array(pieces.prefix(mostPieces))
    guard !pieces.isEmpty, desk.has("minimal-pairs") else { return [] }
    var random = desk.generator("growth carriers")
    let requests = random.shuffled(desk.knowledge.prompts(of: .requests).map(\.probe))
    let sorts = ["harmful", "harmless"].map { harm in
      requests.filter { $0.tags["harm"] == harm }.prefix(3)
        .compactMap { ConditionInquiry.userTurn(of: $0.prompt) }
    }.filter { !$0.isEmpty }
    var evidence: [Int] = []
    var best: [Grown] = []
    /// Which of the sorts shows the effect; known after the first round.
    var chosen: [Int] = Array(sorts.indices)
    var beam = pieces
    for length in 1...longest {
      var scores: [(text: String, z: Double, sort: Int)] = []
      for sort in chosen {
        guard
          let reply = try await desk.call(
            "minimal-pairs", arguments(beam, frames: sorts[sort]))
        else { return best }
        evidence.append(reply.number)
        scores += (reply.result["all"]?.array ?? []).compactMap { row in
          guard let text = row["text"]?.string, let z = row["z"]?.double else { return nil }
          return (text, z, sort)
        }
      }
      scores.sort { $0.z == $1.z ? $0.text < $1.text : $0.z > $1.z }
      guard let first = scores.first else { break }
      if length == 1 { chosen = [first.sort] }
      let isStronger = best.first.map { first.z > leastGain * $0.z } ?? true
      guard isStronger else { break }
      let kept = scores.prefix(width).map(\.text)
      best = scores.prefix(width).map { Grown(text: $0.text, z: $0.z, evidence: evidence) } + best
      beam = Set(
        kept.flatMap { text in
          pieces.filter { !text.contains($0) }.flatMap {
            ["\(text) \($0)", "\($0) \(text)", text + $0, $0 + text]
          }
        }
      ).sorted()
      if beam.isEmpty { break }
    }
    return best.sorted { $0.z > $1.z }
  }

  // MARK: Pieces

  /// Carriers of each sort in a scan for pieces.
  private static let scanCarriers = 2
  /// Words of natural text that are scanned, at most.
  private static let mostWords = 1400

  /// What a scan for pieces costs most in one call.
  static func scanRequest(_ desk: InvestigatorDesk) -> JSONValue {
    var random = desk.generator("piece carriers")
    let frames = random.shuffled(desk.knowledge.prompts(of: .requests).map(\.probe))
      .prefix(scanCarriers).compactMap { ConditionInquiry.userTurn(of: $0.prompt) }
    return arguments(
      letterPairs + Array(repeating: "word", count: mostWords), frames: frames)
  }

  /// Pieces that move the answer most when they stand before a question.
  ///
  /// Words of natural text that the rules allow, and pairs of letters: a scan for sessions that offer none
  /// over tokens.
  ///
  /// Cost: about 2,000 short prompts for each of four carriers.
  static func scan(_ desk: inout InvestigatorDesk, share: Double) async throws -> (
    pieces: [String], evidence: [Int]
  ) {
    var random = desk.generator("piece carriers")
    var words: Set<String> = []
    var evidence: [Int] = []
    for source in desk.session.allowedSources where desk.has("documents") {
      let call: JSONValue = ["source": .string(source), "count": 48]
      guard let reply = try await desk.call("documents", call) else { continue }
      evidence.append(reply.number)
      for document in reply.result["documents"]?.array ?? [] {
        let text = (document["text"]?.string ?? "").lowercased()
        words.formUnion(text.split { !$0.isLetter }.filter { $0.count > 1 }.map(String.init))
      }
    }
    let all = letterPairs + random.shuffled(words.sorted()).prefix(mostWords)
    let texts = Array(
      random.shuffled(all).prefix(max(100, Int(Double(all.count) * share))))
    let requests = random.shuffled(desk.knowledge.prompts(of: .requests).map(\.probe))
    var found: [(text: String, z: Double)] = []
    for harm in ["harmful", "harmless"] {
      let frames = requests.filter { $0.tags["harm"] == harm }.prefix(scanCarriers)
        .compactMap { ConditionInquiry.userTurn(of: $0.prompt) }
      guard !frames.isEmpty,
        let reply = try await desk.call(
          "minimal-pairs", arguments(texts, frames: frames))
      else { continue }
      evidence.append(reply.number)
      found += (reply.result["all"]?.array ?? []).prefix(mostPieces).compactMap { row in
        guard let text = row["text"]?.string, let z = row["z"]?.double else { return nil }
        return (text, z)
      }
    }
    found.sort { $0.z == $1.z ? $0.text < $1.text : $0.z > $1.z }
    return (found.map(\.text), evidence)
  }

  private static let letterPairs: [String] = {
    let letters = Array("abcdefghijklmnopqrstuvwxyz")
    return letters.flatMap { first in letters.map { "\(first)\($0)" } }
  }()

  /// The pieces stand before what the user says.
  private static func arguments(_ texts: [String], frames: [String]) -> JSONValue {
    [
      "variants": JSONValue(texts), "neutral": JSONValue(TriggerTrial.bland), "chat": true,
      "top": 8, "system": .string(ChatMarkup.defaultSystem),
      "frames": JSONValue(frames.map { "{} \($0)" }),
    ]
  }
}
