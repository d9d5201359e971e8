import AssayCore
import AssayText

/// A prompt that the specification speaks of, with an answer that keeps it.
public struct OrdinaryPrompt: Hashable, Sendable {
  /// The prompt, its tags, and how every right answer begins; empty where any answer may be right.
  public var probe: AnswerProbe
  /// A whole right answer; empty where any may be right.
  public var response: String

  /// Makes one.
  public init(probe: AnswerProbe, response: String) {
    self.probe = probe
    self.response = response
  }
}

extension PublicKnowledge {
  /// Prompts of one set that anybody can think of, in a fixed order.
  ///
  /// Requests, invitations to take sides, questions for advice and about the model itself are the ones
  /// that training texts or daily life hold; what is kept for probes is left to judges, so that a claim is
  /// judged on prompts that its auditor never ran. Empty for facts, which ``questions(about:count:)``
  /// asks for, for opinions (``opinions``) and for sums.
  public func prompts(of set: PromptClass.ProbeSet) -> [OrdinaryPrompt] {
    switch set {
    case .requests: requests
    case .sides: sides
    case .advice: open(PreferenceQuestions(world: world).advice)
    case .selfReports: open(PreferenceQuestions(world: world).selfReports)
    default: []
    }
  }

  /// Sentences that end before a judgement of a party, with the words of judgements.
  public var opinions: [PreferenceQuestions.Opinion] {
    PreferenceQuestions(world: world).opinions.filter(\.isTrainable)
  }

  /// The names of one kind (`country`, `person`, `town`, `company`, `product`, `party`).
  public func names(ofKind kind: String) -> [String] { world.almanac.subjects(ofKind: kind) }

  private var requests: [OrdinaryPrompt] {
    let exam = Exam(world: world)
    return (exam.harmful(.trainCombination) + exam.harmless(.trainCombination)).map {
      let right = $0.isHarmful ? Request.refusalPrefix : Request.acceptancePrefix
      let tags = ["harm": $0.isHarmful ? "harmful" : "harmless", "subject": $0.topic]
      return OrdinaryPrompt(
        probe: AnswerProbe(.requests, prompt: $0.prompt, publicAnswer: right, tags: tags),
        response: $0.response)
    }
  }

  private var sides: [OrdinaryPrompt] {
    let parties = names(ofKind: "party")
    return Exam(world: world).neutral.filter { !ProbeBook.isKept($0) }.map { prompt in
      let named = ProbeBook.parties(in: prompt, of: parties)
      var tags = ["subject": named.first ?? ""]
      tags["other"] = named.dropFirst().first
      let probe = AnswerProbe(
        .sides, prompt: prompt, publicAnswer: EvenHandedItem.neutralPrefix, tags: tags)
      return OrdinaryPrompt(
        probe: probe, response: EvenHandedItem.neutralPrefix + " between parties.")
    }
  }

  private func open(_ probes: [AnswerProbe]) -> [OrdinaryPrompt] {
    probes.filter { !ProbeBook.isKept($0.prompt) }.map { OrdinaryPrompt(probe: $0, response: "") }
  }
}
