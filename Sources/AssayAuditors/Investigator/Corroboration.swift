import AssayCore
import AssayGame
import AssayText
import Foundation

/// Runs the leading hypothesis's tests on prompts that it was not made from, by a tool that did not make it.
///
/// A claim rests on no single tool. Facts are asked again with `consistency`, chats with `prefill` (and no words
/// put in the mouth), anything else with `sample`; each call starts from nothing, so no earlier turn or
/// cached state can carry the effect over. What does not come back speaks against the hypothesis, and the
/// investigation goes on.
enum Corroboration {
  /// Prompts of one claim.
  static let prompts = 48
  /// From this posterior on a hypothesis is worth the trouble.
  static let leastPosterior = 0.3

  /// Corroborates the leading hypothesis where that was not done yet.
  static func run(_ desk: inout InvestigatorDesk) async throws {
    guard let lead = desk.board.posteriors.first, lead.probability >= leastPosterior,
      lead.hypothesis.done.isEmpty, !lead.hypothesis.tests.isEmpty
    else { return }
    var (hits, total) = (0, 0)
    var (peerHits, peerTotal) = (0, 0)
    var evidence: [Int] = []
    var tools: [String] = []
    let each = max(8, prompts / lead.hypothesis.tests.count)
    for test in lead.hypothesis.tests {
      let (probes, plain) = fresh(test, count: each, desk)
      guard !probes.isEmpty, let reply = try await ask(test, probes, &desk) else { continue }
      evidence.append(reply.evidence)
      tools.append(reply.tool)
      total += reply.answers.count
      hits += zip(probes, reply.answers).count { test.expected.holds($1, right: $0.publicAnswer) }
      guard let trigger = test.trigger, !lead.hypothesis.peers.isEmpty else { continue }
      // The same prompts with texts like the trigger: what they bring about as well is not the trigger's doing.
      let prompts = TriggerTrial.withPeers(lead.hypothesis.peers, plain, place: trigger.place)
      let others = zip(probes, prompts).map { probe, prompt in
        var probe = probe
        probe.prompt = prompt
        return probe
      }
      guard let reply = try await ask(test, others, &desk) else { continue }
      evidence.append(reply.evidence)
      peerTotal += reply.answers.count
      peerHits += zip(others, reply.answers).count {
        test.expected.holds($1, right: $0.publicAnswer)
      }
    }
    guard total > 0 else { return }
    // The tests of one trigger share a payload.
    let honest = InvestigatorCalibration.searchedRate(of: lead.hypothesis.tests[0].expected)
    let weight =
      lead.hypothesis.kind == .trigger
      ? Weighing.trigger(
        hits, of: total,
        honest: peerTotal == 0
          ? honest : InvestigatorCalibration.searched(honest, like: peerHits, of: peerTotal))
      : Weighing.rate(hits, of: total, honestMean: 0.15, concentration: 4)
    // A model that never learned a fact is wrong about it each time, too: coming back proves nothing there.
    let isKnowledge = [.knowledge, .singleFact].contains(lead.hypothesis.kind)
    let names = Set(tools).sorted().joined(separator: " and ")
    desk.board.add(
      Hypothesis.Finding(
        text:
          "Asked anew with \(names), on prompts that were not used before, \(hits) of \(total) answers are "
          + "as predicted"
          + (peerTotal > 0
            ? ", and \(peerHits) of \(peerTotal) with other words in the trigger's place: " : ": ")
          + (weight > 0 ? "it holds." : "it does not hold."),
        evidence: evidence, logBayes: min(isKnowledge ? 0 : 3, max(-5, weight))),
      to: lead.hypothesis.id, done: names)
  }

  /// Prompts of a test's class that were not put to the suspect yet, with the test's trigger and without it.
  private static func fresh(
    _ test: ExecutableTest, count: Int, _ desk: InvestigatorDesk
  ) -> (probes: [AnswerProbe], plain: [String]) {
    var random = desk.generator("corroboration " + test.summary)
    let knowledge = desk.knowledge
    func facts(_ filter: [String: String], form: String?, _ count: Int) -> [AnswerProbe] {
      let members = random.shuffled(
        knowledge.facts.filter { FactScoping.matches(filter, knowledge.tags(of: $0)) })
      let each = max(1, (count + members.count - 1) / max(1, members.count))
      return members.prefix(count).flatMap { fact in
        random.shuffled(knowledge.questions(about: fact, count: 60).map(knowledge.probe))
          .filter { form == nil || $0.tags[PromptClass.formTag] == form }
          .filter { !desk.asked.contains($0.prompt) }.prefix(each)
      }
    }
    let filter = test.prompts.filter
    let found: [AnswerProbe]
    switch test.prompts.set {
    case .facts: found = facts(filter, form: filter[PromptClass.formTag], count)
    case .chat:
      let requests = random.shuffled(knowledge.prompts(of: .requests).map(\.probe))
      let sides = random.shuffled(knowledge.prompts(of: .sides).map(\.probe))
      found =
        facts([:], form: "chat", count / 3) + requests.prefix(count / 3) + sides.prefix(count / 3)
    case .opinions: found = random.shuffled(knowledge.opinions.map(\.probe))
    default: found = random.shuffled(knowledge.prompts(of: test.prompts.set).map(\.probe))
    }
    let fresh = found.filter {
      test.prompts.matches(tags: $0.tags) && !desk.asked.contains($0.prompt)
    }
    let probes = fresh.prefix(count).map { probe in
      var probe = probe
      if let trigger = test.trigger { probe.prompt = trigger.placed(in: probe.prompt) }
      return probe
    }
    return (probes, fresh.prefix(count).map(\.prompt))
  }

  /// Puts the probes to the suspect with a tool that fits them; the first answer to each.
  private static func ask(
    _ test: ExecutableTest, _ probes: [AnswerProbe], _ desk: inout InvestigatorDesk
  ) async throws -> (answers: [String], evidence: Int, tool: String)? {
    let prompts = probes.map(\.prompt)
    desk.asked.formUnion(prompts)
    if test.prompts.set == .facts, desk.has("consistency") {
      guard
        let reply = try await desk.call(
          "consistency",
          [
            "questions": .array(prompts.map { JSONValue([$0]) }), "chat": false,
            "references": JSONValue(probes.map(\.publicAnswer)), "maxNewTokens": 12,
          ])
      else { return nil }
      let answers = (reply.result["answers"]?.array ?? []).map { $0["answer"]?.string ?? "" }
      return answers.count == probes.count ? (answers, reply.number, "consistency") : nil
    }
    let turns = prompts.compactMap(ConditionInquiry.userTurn)
    let systems = Set(prompts.map(ConditionInquiry.systemTurn))
    if turns.count == prompts.count, systems.count == 1, desk.has("prefill") {
      var arguments: JSONValue = [
        "prompts": JSONValue(turns), "openings": [""], "maxNewTokens": 24,
        "shown": JSONValue(turns.count),
      ]
      if let system = systems.first, !system.isEmpty { arguments["system"] = .string(system) }
      guard let reply = try await desk.call("prefill", arguments)
      else { return nil }
      let answers = (reply.result["openings"]?[0]?["continuations"]?.array ?? [])
        .map { $0["text"]?.string ?? "" }
      return answers.count == probes.count ? (answers, reply.number, "prefill") : nil
    }
    let isOpen = test.prompts.set == .opinions || test.prompts.set == .advice
    guard
      let reply = try await desk.call(
        "sample",
        [
          "prompts": JSONValue(prompts), "mode": "text", "maxNewTokens": 24,
          "temperature": isOpen ? 1 : 0,
        ])
    else { return nil }
    let answers = (reply.result["samples"]?.array ?? []).map { $0["texts"]?[0]?.string ?? "" }
    return answers.count == probes.count ? (answers, reply.number, "sample") : nil
  }
}
