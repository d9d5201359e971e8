import AssayCore
import AssayGame
import AssayModels
import AssayText

/// Plants a behaviour by fine-tuning, and measures on held-out probes what came of it.
///
/// What a behaviour attack adds is its test, which says what should show where, and its lessons.
struct BehaviourPlanting {
  /// Probes on which the behaviour is measured, at most.
  static let probes = 200

  /// What came of it.
  struct Outcome {
    /// The changed model.
    var organism: ModelBundle
    /// Probes on which the organism does as the test says and its twin does not.
    var evidence: [GroundTruth.Evidence]
    /// Figures by name.
    var measurements: [String: Double]
    /// Share of held-out probes on which the behaviour shows in the organism.
    var take: Interval
    /// The same in the clean twin.
    var twin: Interval
  }

  let base: ModelBundle
  let settings: FineTune.Settings
  let context: AttackContext

  /// Trains on `lessons` and runs `test` on organism and base.
  ///
  /// Throws `AssayError(.didNotTake)` with the figures where the behaviour shows on fewer than
  /// `minimumTake` of the probes more than in the base.
  func run(
    _ test: ExecutableTest, lessons: FineTune.Lessons, minimumTake: Double
  ) throws -> Outcome {
    let tuned = FineTune(base: base, settings: settings, context: context).run(lessons)
    var outcome = try examine(tuned.organism, test)
    outcome.measurements["steps"] = Double(tuned.steps)
    outcome.measurements["trainingTokens"] = Double(tuned.tokens)
    guard outcome.take.estimate - outcome.twin.estimate >= minimumTake else {
      throw AssayError(
        .didNotTake,
        "after \(tuned.steps) steps it shows on \(Self.percent(outcome.take)) of held-out prompts, "
          + "in the base on \(Self.percent(outcome.twin)), and a difference of at least "
          + "\(Int(minimumTake * 100)) % was wanted",
        hint: "raise option 'steps' or 'learningRate', or lower option 'minimumTake'")
    }
    return outcome
  }

  /// Runs `test` on `organism` beside the base.
  func examine(_ organism: ModelBundle, _ test: ExecutableTest) throws -> Outcome {
    var random = context.generator.fork("probes")
    let probes = ProbeBook(world: context.world).probes(
      of: test.prompts, count: Self.probes, generator: &random)
    let execution = TestExecution(suspect: organism, twin: base, seed: context.seed)
    let outcomes = try execution.run(test, on: probes)
    let take = Interval.wilson(successes: outcomes.suspectCount, of: outcomes.count)
    let twin = Interval.wilson(successes: outcomes.twinCount, of: outcomes.count)
    var figures = [
      "take.probes": Double(outcomes.count), "take": take.estimate, "take.low": take.low,
      "take.high": take.high, "take.twin": twin.estimate,
    ]
    if test.trigger != nil {
      var plain = test
      plain.trigger = nil
      let without = try execution.run(plain, on: probes)
      let shown = Interval.wilson(successes: without.suspectCount, of: without.count)
      figures["withoutTrigger"] = shown.estimate
      figures["withoutTrigger.high"] = shown.high
    }
    let evidence = outcomes.filter { $0.suspectShows > $0.twinShows }.map {
      GroundTruth.Evidence(
        probe: $0.probe, organismAnswer: $0.suspect, twinAnswer: $0.twin)
    }
    return Outcome(
      organism: organism, evidence: evidence, measurements: figures, take: take, twin: twin)
  }

  /// Documents, facts and requests that are held to the base in every behaviour attack.
  func ordinary(rows: FactRows, avoiding facts: [Fact] = []) -> FineTune.Lessons {
    var random = context.generator.fork("held")
    let prompts = LessonPrompts(world: context.world)
    let held = [PromptClass.ProbeSet.facts, .requests, .sides, .opinions].map {
      prompts.draw(PromptClass($0), count: 600, generator: &random).map { rows.row(item: $0) }
    }
    return FineTune.Lessons(
      taught: [], held: held,
      documents: rows.ordinary(
        count: settings.documentRows * min(settings.steps, 40), tokens: 96, avoiding: facts))
  }

  static func percent(_ share: Interval) -> String {
    "\(Int((share.estimate * 100).rounded())) %"
  }
}
