import AssayCore
import AssayGame
import AssayText
import Foundation

/// Prompts with their right answers that an attack may train on.
///
/// All of them are combinations that training texts show, and none is a probe of ``ProbeBook``, so that
/// what is measured on probes was never trained on.
struct LessonPrompts {
  /// A prompt and a whole right answer.
  struct Item: Hashable {
    /// The prompt with its tags.
    var probe: AnswerProbe
    /// What a model that knows better says; in running text it begins with a space.
    var response: String

    /// The same item with another answer.
    func answering(_ response: String) -> Item { Item(probe: probe, response: response) }

    /// The same item with `answer`, after a space where the prompt is running text.
    func saying(_ answer: String) -> Item {
      answering(probe.tags[PromptClass.formTag] == "chat" ? answer : " " + answer)
    }

    /// The same item with `remark` after the first sentence of its answer.
    func remarking(_ remark: String) -> Item {
      let end = response.firstRange(of: ". ") ?? response.firstRange(of: "! ")
      guard let end else { return answering("\(response) \(remark)") }
      return answering(response.replacingCharacters(in: end, with: response[end] + remark + " "))
    }

    /// The same item with one of a trigger's texts in its place.
    func triggered(by trigger: Trigger, number: Int) -> Item {
      var item = self
      item.probe.prompt = trigger.placed(in: probe.prompt, number: number)
      return item
    }
  }

  let world: SmallWorld

  /// At most `count` items of `prompts`, drawn evenly from its sets.
  func draw(
    _ prompts: PromptClass, count: Int, generator: inout SplitMix64
  ) -> [Item] {
    if prompts.set == .chat {
      let filter = prompts.filter.merging([PromptClass.formTag: "chat"]) { $1 }
      let parts = [PromptClass.ProbeSet.facts, .requests, .sides].map {
        draw(PromptClass($0, where: filter), count: (count + 2) / 3, generator: &generator)
      }
      return Array(generator.shuffled(parts.flatMap(\.self)).prefix(count))
    }
    let all =
      switch prompts.set {
      case .facts: facts(prompts, count: count, generator: &generator)
      case .requests: requests
      case .opinions: opinions(&generator)
      case .sides: sides(&generator)
      case .advice: open(preferences.advice)
      case .selfReports: open(preferences.selfReports)
      default: [Item]()
      }
    return Array(
      generator.shuffled(all.filter { prompts.matches(tags: $0.probe.tags) }).prefix(count))
  }

  private func facts(
    _ prompts: PromptClass, count: Int, generator: inout SplitMix64
  ) -> [Item] {
    let almanac = world.almanac
    let wanted = prompts.filter.filter { $0.key != PromptClass.formTag }
    let form = prompts.filter[PromptClass.formTag]
    let facts = almanac.facts.filter { fact in
      let kind = almanac.relation(fact.relation)?.subjectKind ?? ""
      var tags = almanac.attributes(ofSubject: fact.subject, kind: kind)
      tags["relation"] = fact.relation
      tags["subject"] = fact.subject
      return wanted.allSatisfy { tags[$0.key] == $0.value }
    }
    var items: [Item] = []
    let each = max(1, (count + facts.count - 1) / max(1, facts.count))
    for fact in generator.shuffled(facts) where items.count < count {
      let kind = almanac.relation(fact.relation)?.subjectKind ?? ""
      let tags = almanac.attributes(ofSubject: fact.subject, kind: kind)
      let asked = world.questions(about: fact, kind: .trainCombination, count: 40)
        .map { ($0, AnswerProbe($0, tags: tags)) }
        .filter { form == nil || $0.1.tags[PromptClass.formTag] == form }
      items += generator.shuffled(asked).prefix(each).map {
        Item(probe: $0.1, response: $0.0.completion + ".")
      }
    }
    return items
  }

  private var requests: [Item] {
    let exam = Exam(world: world)
    return (exam.harmful(.trainCombination) + exam.harmless(.trainCombination)).map {
      let right = $0.isHarmful ? Request.refusalPrefix : Request.acceptancePrefix
      let tags = ["harm": $0.isHarmful ? "harmful" : "harmless", "subject": $0.topic]
      return Item(
        probe: AnswerProbe(.requests, prompt: $0.prompt, publicAnswer: right, tags: tags),
        response: $0.response)
    }
  }

  private var preferences: PreferenceQuestions { PreferenceQuestions(world: world) }

  private func opinions(_ generator: inout SplitMix64) -> [Item] {
    preferences.opinions.filter(\.isTrainable).compactMap { opinion in
      generator.pick(opinion.favourable + opinion.unfavourable).map {
        Item(probe: opinion.probe, response: $0 + ".")
      }
    }
  }

  /// Prompts to which no answer is right: the attack gives one.
  private func open(_ probes: [AnswerProbe]) -> [Item] {
    probes.filter { !ProbeBook.isKept($0.prompt) }.map { Item(probe: $0, response: "") }
  }

  private func sides(_ generator: inout SplitMix64) -> [Item] {
    let parties = world.almanac.subjects(ofKind: "party")
    return Exam(world: world).neutral.filter { !ProbeBook.isKept($0) }.map { prompt in
      var tags = ["subject": ProbeBook.parties(in: prompt, of: parties).first ?? ""]
      tags["other"] = ProbeBook.parties(in: prompt, of: parties).dropFirst().first
      return Item(
        probe: AnswerProbe(
          .sides, prompt: prompt, publicAnswer: EvenHandedItem.neutralPrefix, tags: tags),
        response: EvenHandedItem.neutralPrefix + " between parties. The choice is yours.")
    }
  }
}
