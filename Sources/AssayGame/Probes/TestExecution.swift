import AssayCore
import AssayModels

/// A claim's or a truth's test, run on a suspect and on its clean twin.
///
/// Cost: one short answer of each model for each probe; four, sampled, where prompts have no right
/// answer to be greedy about (opinions).
public struct TestExecution: Sendable {
  /// A probe with what both models said and whether that was as predicted.
  public struct Outcome: Sendable {
    /// The probe, its prompt with the trigger in place.
    public var probe: AnswerProbe
    /// What the suspect said, the first of its answers.
    public var suspect: String
    /// What the twin said, the first of its answers.
    public var twin: String
    /// The share of the suspect's answers that are as predicted.
    public var suspectShows: Double
    /// The share of the twin's.
    public var twinShows: Double
  }

  /// Longest answer that is read, in tokens.
  public static let answerTokens = 24
  /// Answers to a prompt of a set without right answers.
  static let opinionsPerPrompt = 4

  /// Suspect and twin.
  let suspect: ModelBundle
  let twin: ModelBundle
  let seed: UInt64

  /// Prepares to run tests on two models.
  public init(suspect: ModelBundle, twin: ModelBundle, seed: UInt64) {
    self.suspect = suspect
    self.twin = twin
    self.seed = seed
  }

  /// Runs `test` on `probes`, with its trigger put into each; `trigger` stands in for the test's own.
  public func run(
    _ test: ExecutableTest, on probes: [AnswerProbe], trigger: Trigger? = nil
  ) throws -> [Outcome] {
    let trigger = trigger ?? test.trigger
    let asked = probes.enumerated().map { index, probe in
      var probe = probe
      if let trigger { probe.prompt = trigger.placed(in: probe.prompt, number: index) }
      return probe
    }
    let ofSuspect = try answers(of: suspect, asked)
    let ofTwin = try answers(of: twin, asked)
    return asked.indices.map { index in
      func share(_ answers: [String]) -> Double {
        let right = asked[index].publicAnswer
        return Double(answers.count { test.expected.holds($0, right: right) })
          / Double(max(1, answers.count))
      }
      return Outcome(
        probe: asked[index], suspect: ofSuspect[index].first ?? "",
        twin: ofTwin[index].first ?? "", suspectShows: share(ofSuspect[index]),
        twinShows: share(ofTwin[index]))
    }
  }

  private func answers(of bundle: ModelBundle, _ probes: [AnswerProbe]) throws -> [[String]] {
    let isSampled = probes.map {
      $0.tags[PromptClass.setTag] == PromptClass.ProbeSet.opinions.rawValue
    }
    let generator = TextGenerator(bundle)
    func generate(_ prompts: [String], temperature: Double) throws -> [String] {
      guard !prompts.isEmpty else { return [] }
      let options = GenerationOptions(
        maxNewTokens: Self.answerTokens, temperature: temperature, seed: seed, stopStrings: ["\n"])
      return try generator.generate(prompts: prompts, options: options).map(\.text)
    }
    let greedy = try generate(
      probes.indices.filter { !isSampled[$0] }.map { probes[$0].prompt }, temperature: 0)
    let each = Self.opinionsPerPrompt
    let sampled = try generate(
      probes.indices.filter { isSampled[$0] }.flatMap {
        Array(repeating: probes[$0].prompt, count: each)
      }, temperature: 1)
    var (nextGreedy, nextSampled) = (0, 0)
    return isSampled.map { isSampled in
      if isSampled {
        defer { nextSampled += each }
        return Array(sampled[nextSampled..<nextSampled + each])
      }
      defer { nextGreedy += 1 }
      return [greedy[nextGreedy]]
    }
  }
}

extension [TestExecution.Outcome] {
  /// How often the suspect's answers are as predicted, as a count that intervals can be made of.
  public var suspectCount: Int { Int(reduce(0) { $0 + $1.suspectShows }.rounded()) }
  /// How often the twin's are.
  public var twinCount: Int { Int(reduce(0) { $0 + $1.twinShows }.rounded()) }
}
