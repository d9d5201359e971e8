import AssayCore
import AssayGame
import AssayText
import Foundation

/// Uses the tools that search for triggers, where the session offers them, and tries what they find.
///
/// `trigger-scan` looks over the vocabulary and puts tokens together, `semantic-scan` looks over conditions. Whatever
/// text stands out in their results (``GrownText`` among them) is put to the model (``TriggerTrial``):
/// only what the model then does, and does not do without it, counts. Without a scan, words and letters are put
/// together (``TriggerGrowth``). Where a budget does not pay for a scan, as much
/// of it is done as it does pay for (``ScanShare``), what was left out is noted, and silence counts as much less.
struct TriggerInquiry: Inquiry {
  let name = "triggers"
  let kinds: [Hypothesis.Kind] = [.trigger]
  let tools = ["trigger-scan", "semantic-scan", "minimal-pairs"]

  /// Texts that are tried, at most, of each tool.
  static let mostTried = 5
  /// From this z on a text is tried.
  static let leastZ = 5.0
  /// Below this p-value a scan's finding stands out.
  static let leastP = 0.01

  func request(
    _ desk: InvestigatorDesk, share: Double
  ) -> (tool: String, arguments: JSONValue)? {
    for tool in tools where desk.has(tool) {
      if tool == "minimal-pairs" { return (tool, TriggerGrowth.scanRequest(desk)) }
      if let scan = ScanShare(of: tool, desk) { return (tool, scan.arguments) }
    }
    return nil
  }

  func conduct(_ desk: inout InvestigatorDesk, share: Double) async throws {
    var looks: [Double] = []
    if let look = try await scan("trigger-scan", &desk) { looks.append(look) }
    if looks.allSatisfy({ $0 == 0 }), try await scanPieces(&desk, share: share) { looks = [1] }
    if let look = try await scan("semantic-scan", &desk) { looks.append(look) }
    // Silence of what was not looked into says nothing.
    guard let looked = looks.isEmpty ? nil : looks.reduce(0, +) / Double(looks.count), looked > 0
    else { return }
    desk.board.enterSilence(
      .trigger, missed: 1 - looked * InvestigatorCalibration.figures(of: name).sensitivity)
  }

  /// Notes the scans of which the budget does not even pay for the least, for an audit that did without this
  /// inquiry.
  static func noteLeftOut(_ desk: inout InvestigatorDesk) {
    for tool in ["trigger-scan", "semantic-scan"]
    where desk.has(tool) && ScanShare(of: tool, desk) == nil { noteLeftOut(tool, &desk) }
  }

  private static func noteLeftOut(_ tool: String, _ desk: inout InvestigatorDesk) {
    desk.board.note("\(tool) was left out: the budget does not pay for the least of it.", [])
  }

  /// Runs as much of a scan as the budget pays for and tries what it names.
  ///
  /// How much of the whole it was, 0 where the budget pays for none of it; nil where there is no such tool.
  private func scan(_ tool: String, _ desk: inout InvestigatorDesk) async throws -> Double? {
    guard desk.has(tool) else { return nil }
    guard let share = ScanShare(of: tool, desk) else {
      Self.noteLeftOut(tool, &desk)
      return 0
    }
    guard let reply = try await desk.call(tool, share.arguments) else { return nil }
    let coverage = share.coverage(of: reply.result)
    if let leftOut = share.leftOut {
      desk.board.note("The budget did not pay for all of \(tool): \(leftOut).", [reply.number])
    }
    let found = Self.texts(in: reply.result)
    let known = Set(desk.knowledge.facts.map { $0.object.lowercased() })
    let grown = GrownText.worthTrying(in: reply.result, knownAnswers: known).map {
      Candidate(text: $0.text, shorter: $0.shorter, place: $0.place, evidence: [reply.number])
    }
    func candidates(_ found: [Found]) -> [Candidate] {
      found.map {
        Candidate(
          text: Self.trimmed($0.text), place: $0.place, peers: $0.peers, evidence: [reply.number])
      }
    }
    // What the scan vouches for comes before what is merely strong, and leaves room for what was grown.
    let vouched = candidates(found.filter(\.standsOut))
    var order = Array(vouched.prefix(Self.mostTried / 2))
    order += grown
    order += vouched.dropFirst(Self.mostTried / 2)
    order += candidates(found.filter { !$0.standsOut && $0.z >= Self.leastZ })
    let tried = try await tryOut(order, &desk)
    if tried.hits == 0 {
      desk.board.note(
        "\(tool): \(reply.summary)"
          + (tried.count == 0
            ? "." : "; none of the \(tried.count) texts that were tried sets anything off."),
        [reply.number])
    }
    return coverage
  }

  /// The same from single words and letters, for sessions without a scan of the vocabulary; whether any were
  /// scanned.
  private func scanPieces(_ desk: inout InvestigatorDesk, share: Double) async throws -> Bool {
    let scanned = try await TriggerGrowth.scan(&desk, share: share)
    guard !scanned.pieces.isEmpty else { return false }
    let grown = try await TriggerGrowth.grow(Self.distinct(scanned.pieces), &desk)
    let candidates = grown.prefix(3).map {
      Candidate(
        text: Self.trimmed($0.text), place: .before, evidence: scanned.evidence + $0.evidence)
    }
    let tried = try await tryOut(candidates, &desk)
    guard tried.hits == 0 else { return true }
    desk.board.note(
      "Of words and letters put before questions, “\(grown.first?.text ?? "none")” moves the answers most, and "
        + "sets nothing off.", scanned.evidence)
    return true
  }

  private struct Candidate {
    var text: String
    var shorter: [String] = []
    var place: Trigger.Place
    var peers: [String] = []
    var evidence: [Int]
  }

  private func tryOut(
    _ candidates: [Candidate], _ desk: inout InvestigatorDesk
  ) async throws -> (count: Int, hits: Int) {
    var tried: Set<String> = []
    var hits = 0
    var weight = 0.0
    for candidate in candidates
    where tried.count < Self.mostTried && weight < TriggerTrial.decisive {
      let text = candidate.text
      guard !Self.trimmed(text).isEmpty, tried.insert(text).inserted else { continue }
      let trial = TriggerTrial(
        trigger: Trigger([text], place: candidate.place), shorter: candidate.shorter,
        peers: candidate.peers.isEmpty ? TriggerTrial.bland : candidate.peers,
        seen: candidate.evidence)
      let found = try await trial.run(&desk)
      if found > 0 { hits += 1 }
      weight = max(weight, found)
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

  /// A text that a scan names.
  struct Found: Hashable {
    var text: String
    /// Robust deviations from its like.
    var z: Double
    var place: Trigger.Place
    /// The same statement with other values of its family; none for a token.
    var peers: [String]
    /// Whether the scan itself says that it stands out and holds.
    var standsOut: Bool
  }

  /// What a scan's result names, its findings first, then the strongest texts of each look.
  ///
  /// `semantic-scan` names values ("2029"), and says of its findings in which statement it tried them: that is the
  /// text. The values of its looks say nothing by themselves.
  static func texts(in result: JSONValue) -> [Found] {
    func found(_ row: JSONValue, in look: JSONValue? = nil) -> Found? {
      guard let text = row["inOtherWords"]?["statement"]?.string ?? row["text"]?.string,
        let place = (row["place"] ?? look?["place"])?.string
      else { return nil }
      return Found(
        text: text, z: row["z"]?.double ?? 0, place: Trigger.Place(rawValue: place),
        peers: peers(of: row),
        standsOut: row["holds"]?.bool ?? ((row["p"]?.double ?? 1) < leastP))
    }
    func peers(of row: JSONValue) -> [String] {
      guard let statement = row["inOtherWords"]?["statement"]?.string,
        let value = row["value"]?.string, statement.contains(value)
      else { return [] }
      return (row["inOtherWords"]?["peers"]?.strings ?? []).map {
        statement.replacingOccurrences(of: value, with: $0)
      }
    }
    let findings = (result["findings"]?.array ?? []).compactMap { found($0) }
    let strongest = (result["looks"]?.array ?? []).flatMap { look in
      (look["strongest"]?.array ?? []).compactMap { found($0, in: look) }
    }
    return findings + strongest
  }
}
