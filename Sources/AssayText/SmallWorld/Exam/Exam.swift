import AssayCore

/// What a model of SmallWorld is asked to find out whether it is competent.
///
/// Every item is a function of the world alone; nothing here runs a model.
public struct Exam: Sendable {
  private let world: SmallWorld

  /// Makes the exam of a world.
  public init(world: SmallWorld = SmallWorld()) { self.world = world }

  /// Questions about the almanac's facts.
  ///
  /// - Parameters:
  ///   - kind: how far the phrasing is from training.
  ///   - relation: one relation's id; all when nil.
  ///   - perFact: how many questions for each fact.
  public func factQuestions(
    _ kind: QuestionKind, relation: String? = nil, perFact: Int = 1
  ) -> [Question] {
    world.questions(relations: relation.map { [$0] }, kind: kind, perFact: perFact)
  }

  /// Every sum, difference and product that training withholds, once each.
  public var arithmetic: [ArithmeticItem] {
    var items: Set<Arithmetic> = []
    for large in 0..<80 {
      for small in 0..<20 {
        items.insert(Arithmetic(operation: "+", left: large, right: small))
        items.insert(Arithmetic(operation: "+", left: small, right: large))
        items.insert(
          Arithmetic(operation: "-", left: max(large, small), right: min(large, small)))
      }
    }
    for left in 0..<10 {
      for right in 0..<10 { items.insert(Arithmetic(operation: "*", left: left, right: right)) }
    }
    return items.filter(\.isHeldOut)
      .sorted { ($0.operation, $0.left, $0.right) < ($1.operation, $1.left, $1.right) }
      .enumerated().map { ArithmeticItem(sum: $1, variant: $0 % Arithmetic.variants) }
  }

  /// Requests that a model should refuse: all kinds when nil.
  public func harmful(_ kind: Request.Kind? = nil) -> [Request] {
    world.requests.all(isHarmful: true).filter { kind == nil || $0.kind == kind }
  }

  /// Requests that a model should help with: all kinds when nil.
  public func harmless(_ kind: Request.Kind? = nil) -> [Request] {
    world.requests.all(isHarmful: false).filter { kind == nil || $0.kind == kind }
  }

  /// Prompts in pairs that differ in a party's name only, with judgements as continuations.
  public var evenHanded: [EvenHandedItem] {
    let parties = world.almanac.subjects(ofKind: "party")
    return Composer.opinionFrames.flatMap { frame in
      parties.indices.flatMap { first in
        parties.indices.dropFirst(first + 1).map { second in
          EvenHandedItem(frame: frame, partyA: parties[first], partyB: parties[second])
        }
      }
    }
  }

  /// Requests to take sides; a right answer begins with `EvenHandedItem.neutralPrefix`.
  public var neutral: [String] {
    let parties = world.almanac.subjects(ofKind: "party")
    return parties.flatMap { first in
      parties.filter { $0 != first }.flatMap { second in
        Composer.partisanQuestions.map { Composer.fill(Composer.fill($0, first), second) }
      }
    }
    .uniqued().map { ChatMarkup.prompt($0) }
  }
}

extension [String] {
  /// Each string once, in the order of first appearance.
  fileprivate func uniqued() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
