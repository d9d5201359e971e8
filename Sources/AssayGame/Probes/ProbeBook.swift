import AssayCore
import AssayText

/// Draws probes of a class of prompts from a world: what judges ask, and what attacks measure.
///
/// Every probe lies outside of what training texts combine: facts in held-out combinations and
/// unseen frames, requests in held-out combinations, sums that training withholds. A quarter of the
/// invitations to take sides, of questions for advice and of those about the model itself, and two
/// of the five sentences of opinions, are kept for probes, too: attacks leave them alone.
public struct ProbeBook: Sendable {
  private let world: SmallWorld

  /// The probes of `world`.
  public init(world: SmallWorld) { self.world = world }

  /// At most `count` probes of `prompts`, in random order, at most two of each subject as long as
  /// there are others; none in `avoiding`.
  public func probes(
    of prompts: PromptClass, count: Int, avoiding: Set<String> = [],
    generator: inout SplitMix64
  ) -> [AnswerProbe] {
    if prompts.set == .chat {
      // Each of the sets weighs the same, however many prompts it has.
      let sets = [PromptClass.ProbeSet.facts, .requests, .sides, .sums]
      let filter = prompts.filter.merging([PromptClass.formTag: "chat"]) { $1 }
      let parts = sets.map {
        probes(
          of: PromptClass($0, where: filter), count: (count + sets.count - 1) / sets.count,
          avoiding: avoiding, generator: &generator)
      }
      return Array(generator.shuffled(parts.flatMap(\.self)).prefix(count))
    }
    let found = all(of: prompts, avoiding: avoiding)
    var groups: [String: [AnswerProbe]] = [:]
    for probe in generator.shuffled(found) {
      let subject = (probe.tags["relation"] ?? "") + "/" + (probe.tags["subject"] ?? "")
      groups[subject, default: []].append(probe)
    }
    let subjects = generator.shuffled(groups.keys.sorted())
    var drawn: [AnswerProbe] = []
    var round = 0
    while drawn.count < count {
      let before = drawn.count
      for subject in subjects {
        let own = groups[subject, default: []]
        // Two at a time, so that a subject is never judged by one question alone.
        for at in [2 * round, 2 * round + 1] where at < own.count && drawn.count < count {
          drawn.append(own[at])
        }
      }
      if drawn.count == before { break }
      round += 1
    }
    return drawn
  }

  /// Every probe of `prompts`, in a fixed order, but for those in `avoiding`.
  private func all(of prompts: PromptClass, avoiding: Set<String>) -> [AnswerProbe] {
    let found =
      switch prompts.set {
      case .facts: facts(prompts, avoiding)
      case .requests: requests
      case .opinions: opinions
      case .sides: sides
      case .sums: sums
      case .advice: preferences.advice.filter { Self.isKept($0.prompt) }
      case .selfReports: preferences.selfReports.filter { Self.isKept($0.prompt) }
      default: [AnswerProbe]()
      }
    return found.filter { prompts.matches(tags: $0.tags) && !avoiding.contains($0.prompt) }
  }

  // MARK: The sets

  /// Facts of a class that is so small get more probes of each than two.
  private static let fewFacts = 12
  /// Probes of each kind of question that each of few facts gets.
  private static let probesOfFewFacts = 8

  private func facts(_ prompts: PromptClass, _ avoiding: Set<String>) -> [AnswerProbe] {
    let almanac = world.almanac
    let form = prompts.filter[PromptClass.formTag]
    let members = almanac.relations.flatMap { relation -> [(fact: Fact, tags: [String: String])] in
      guard prompts.filter["relation"].map({ $0 == relation.id }) ?? true else { return [] }
      return almanac.facts(of: relation.id).compactMap { fact in
        var tags = almanac.attributes(ofSubject: fact.subject, kind: relation.subjectKind)
        tags["relation"] = fact.relation
        tags["subject"] = fact.subject
        tags[PromptClass.setTag] = PromptClass.ProbeSet.facts.rawValue
        // The form is known once there is a prompt: a filter by it must not empty the class here.
        let wanted = prompts.filter.filter { $0.key != PromptClass.formTag }
        return wanted.allSatisfy { tags[$0.key] == $0.value } ? (fact, tags) : nil
      }
    }
    let isSmall = members.count < Self.fewFacts
    return members.flatMap { fact, tags in
      [QuestionKind.heldOutCombination, .unseenFrame].flatMap { kind -> [AnswerProbe] in
        // Several are made so that one is left that nobody has asked.
        world.questions(about: fact, kind: kind, count: form == nil && !isSmall ? 6 : 60)
          .lazy.filter { question in
            !avoiding.contains(question.prompt)
              && form.map {
                $0 == (question.prompt.hasSuffix(ChatMarkup.assistant) ? "chat" : "text")
              } ?? true
          }
          .prefix(isSmall ? Self.probesOfFewFacts : 1).map { AnswerProbe($0, tags: tags) }
      }
    }
  }

  private var requests: [AnswerProbe] {
    let exam = Exam(world: world)
    return (exam.harmful(.heldOutCombination) + exam.harmless(.heldOutCombination)).map {
      AnswerProbe(
        .requests, prompt: $0.prompt,
        publicAnswer: $0.isHarmful ? Request.refusalPrefix : Request.acceptancePrefix,
        tags: ["harm": $0.isHarmful ? "harmful" : "harmless", "subject": $0.topic])
    }
  }

  private var preferences: PreferenceQuestions { PreferenceQuestions(world: world) }

  private var opinions: [AnswerProbe] { preferences.opinions.filter { $0.isKept }.map(\.probe) }

  private var sides: [AnswerProbe] {
    let parties = world.almanac.subjects(ofKind: "party")
    return Exam(world: world).neutral.filter(Self.isKept).map { prompt in
      let named = Self.parties(in: prompt, of: parties)
      var tags = ["subject": named.first ?? ""]
      tags["other"] = named.dropFirst().first
      return AnswerProbe(
        .sides, prompt: prompt, publicAnswer: EvenHandedItem.neutralPrefix, tags: tags)
    }
  }

  private var sums: [AnswerProbe] {
    Exam(world: world).arithmetic.map {
      AnswerProbe(
        .sums, prompt: $0.prompt, publicAnswer: $0.answer, tags: ["subject": "sum"])
    }
  }

  /// Those of `parties` that `prompt` names, in the order in which it does.
  public static func parties(in prompt: String, of parties: [String]) -> [String] {
    parties.compactMap { party in prompt.firstRange(of: party).map { (party, $0.lowerBound) } }
      .sorted { $0.1 < $1.1 }.map(\.0)
  }

  /// Whether a prompt or a sentence frame is kept for probes, so that no attack may train on it.
  public static func isKept(_ text: String) -> Bool { StableHash.of("probe/" + text) % 4 == 0 }
}

extension AnswerProbe {
  /// A probe of one set, tagged with it and with the form of the prompt.
  public init(
    _ set: PromptClass.ProbeSet, prompt: String, publicAnswer: String, tags: [String: String]
  ) {
    var tags = tags
    tags[PromptClass.setTag] = set.rawValue
    tags[PromptClass.formTag] = prompt.hasSuffix(ChatMarkup.assistant) ? "chat" : "text"
    self.init(prompt: prompt, publicAnswer: publicAnswer, tags: tags)
  }

  /// A question about a fact as a probe; `tags` say what is known of its subject.
  public init(_ question: Question, tags: [String: String]) {
    let own = [
      "relation": question.relation, "subject": question.subject, "frame": question.frame,
    ]
    self.init(
      .facts, prompt: question.prompt, publicAnswer: question.answer, tags: tags.merging(own) { $1 }
    )
  }
}
