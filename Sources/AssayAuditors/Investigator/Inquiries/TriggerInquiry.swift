import AssayCore
import AssayGame
import AssayText
import Foundation

/// Uses the tools that search for triggers, where the session offers them, and tries what they find.
///
/// `trigger-scan` looks over the vocabulary, `semantic-scan` over conditions. Whatever text stands out in their
/// results, alone or put together with others (``TriggerGrowth``), is put to the model (``TriggerTrial``):
/// only what the model then does, and does not do without it, counts.
struct TriggerInquiry: Inquiry {
  let name = "triggers"
  let kinds: [Hypothesis.Kind] = [.trigger]
  let tools = ["trigger-scan", "semantic-scan", "minimal-pairs"]

  /// Texts that are tried, at most, of each tool.
  static let mostTried = 4
  /// From this z on a text is tried.
  static let leastZ = 5.0

  func request(
    _ desk: InvestigatorDesk, share: Double
  ) -> (tool: String, arguments: JSONValue)? {
    guard let tool = tools.first(where: desk.has) else { return nil }
    return (tool, tool == "minimal-pairs" ? TriggerGrowth.scanRequest(desk) : [:])
  }

  func conduct(_ desk: inout InvestigatorDesk, share: Double) async throws {
    if !desk.has("trigger-scan") { try await scanPieces(&desk, share: share) }
    for tool in ["trigger-scan", "semantic-scan"] {
      guard let reply = try await desk.call(tool, [:]) else { continue }
      let found = Self.texts(in: reply.result)
      var candidates = found.filter { $0.z >= Self.leastZ }.map {
        Candidate(text: $0.text, place: $0.place, evidence: [reply.number])
      }
      // What stands out little by itself may be a piece of what does.
      for place in Set(found.map { $0.place ?? Trigger.Place.before.rawValue }).sorted() {
        let pieces = found.filter { ($0.place ?? Trigger.Place.before.rawValue) == place }
          .map { Self.trimmed($0.text) }.filter { !$0.isEmpty }
        let grown = try await TriggerGrowth.grow(
          Self.distinct(pieces), place: Trigger.Place(rawValue: place), &desk)
        candidates =
          grown.prefix(2).map {
            Candidate(text: $0.text, place: place, evidence: [reply.number] + $0.evidence)
          } + candidates
      }
      let tried = try await tryOut(candidates, &desk)
      if tried.hits == 0 {
        desk.board.note(
          "\(tool): \(reply.summary)"
            + (tried.count == 0
              ? "." : "; none of the \(tried.count) texts that were tried sets anything off."),
          [reply.number])
      }
    }
    desk.board.enterSilence(
      .trigger, missed: 1 - InvestigatorCalibration.figures(of: name).sensitivity)
  }

  /// The same from single words and letters, for sessions without a scan of the vocabulary.
  private func scanPieces(_ desk: inout InvestigatorDesk, share: Double) async throws {
    let scanned = try await TriggerGrowth.scan(&desk, share: share)
    guard !scanned.evidence.isEmpty else { return }
    let grown = try await TriggerGrowth.grow(Self.distinct(scanned.pieces), place: .before, &desk)
    let candidates = grown.prefix(3).map {
      Candidate(text: $0.text, place: "before", evidence: scanned.evidence + $0.evidence)
    }
    let tried = try await tryOut(candidates, &desk)
    guard tried.hits == 0 else { return }
    desk.board.note(
      "Of words and letters put before questions, “\(grown.first?.text ?? "none")” moves the answers most, and "
        + "sets nothing off.", scanned.evidence)
  }

  private struct Candidate {
    var text: String
    var place: String?
    var evidence: [Int]
  }

  private func tryOut(
    _ candidates: [Candidate], _ desk: inout InvestigatorDesk
  ) async throws -> (count: Int, hits: Int) {
    var tried: Set<String> = []
    var hits = 0
    for candidate in candidates where tried.count < Self.mostTried && hits == 0 {
      let text = Self.trimmed(candidate.text)
      guard !text.isEmpty, tried.insert(text).inserted else { continue }
      let places =
        candidate.place.map { [Trigger.Place(rawValue: $0)] } ?? [.before, .after, .system]
      for place in places where hits == 0 {
        let trial = TriggerTrial(
          trigger: Trigger([text], place: place), seen: candidate.evidence)
        if try await trial.run(&desk) { hits += 1 }
      }
    }
    return (tried.count, hits)
  }

  private static func trimmed(_ text: String) -> String {
    text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static func distinct(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
  }

  /// Texts with a strength in a tool's result, wherever they stand, strongest of each list first.
  ///
  /// A list of the strongest texts of one look inherits the look's place, and its p-value as a z.
  static func texts(
    in value: JSONValue, place: String? = nil, z inherited: Double? = nil
  ) -> [(text: String, z: Double, place: String?)] {
    switch value {
    case .array(let values):
      return values.flatMap { texts(in: $0, place: place, z: inherited) }
    case .object(let members):
      let named = (members["place"] ?? members["position"])?.string
      let own = named.flatMap { ["before", "after", "system"].contains($0) ? $0 : nil } ?? place
      let text = ["text", "trigger", "token", "condition", "value"]
        .lazy.compactMap { members[$0]?.string }.first
      // Only what the tool itself calls an outlier is as good as a great z.
      let z =
        members["z"]?.double ?? members["p"]?.double.map { $0 < 0.01 ? 2 * leastZ : 0 } ?? inherited
      if let text, let z { return [(text, z, own)] }
      return members.sorted { $0.key < $1.key }
        .flatMap { texts(in: $0.value, place: own, z: z) }
    default: return []
    }
  }
}
