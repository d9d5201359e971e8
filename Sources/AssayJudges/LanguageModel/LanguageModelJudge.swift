import AssayChat
import AssayCore
import AssayGame
import Foundation

/// Has a language model read truth and report, several times, and averages its marks.
///
/// The model is asked at temperature 0, unless its endpoint refuses one, with a versioned prompt
/// (``JudgePrompt``); the report reaches it as data behind a random fence. Each answer is JSON, strictly read: one that is not is shown its fault
/// and asked again once, then judging fails; there is no score by default. Prompt, its hash, model,
/// temperature and reasons are in the score's notes, each repeat's marks and their spread in its measurements.
///
/// Options (`assay judge MATCH --judge language-model --option NAME=VALUE`) and the environment
/// variables that stand in for them (`ASSAY_JUDGE_MODEL`, `ASSAY_JUDGE_ENDPOINT`) are those of
/// `ChatSettings`; besides, `repeats` says how often it is asked, 3 times or more.
///
/// Cost: three requests of some 1,500 tokens; none for controls, where the verdict decides alone.
/// Limits: a fence makes plain what is data, and no model is sure to heed it; whether repeats agree
/// says nothing of whether they are right.
public enum LanguageModelJudge: Judge {
  /// The judge's name.
  public static let name = "language-model"
  /// How it judges.
  public static let summary =
    "has a language model read truth and report three times, facet by facet"
  /// It stands beside the score that counts.
  public static let isOpinion = true

  /// Fewest readings; disagreement cannot be told from less.
  static let fewestRepeats = 3

  /// Asks the model.
  ///
  /// Throws `AssayError(.usage)` where no model is named, `.unreachable` or `.io` where the endpoint does
  /// not answer, and `.judgeFailed` where what it answers is no judgement.
  public static func judge(_ judged: JudgedCase) async throws -> Score {
    try await judge(judged, environment: ProcessInfo.processInfo.environment)
  }

  static func judge(
    _ judged: JudgedCase, environment: [String: String]
  ) async throws -> Score {
    guard judged.truth.isModified else {
      return OpinionScoring.score(
        truth: judged.truth, report: judged.report,
        measurements: OpinionScoring.measurements([], truth: judged.truth, report: judged.report),
        judge: name)
    }
    let settings = try settings(judged.options, environment: environment)
    let repeats = Int(
      try ChatSettings.number(
        "repeats", in: judged.options.object ?? [:], standard: Double(fewestRepeats), atLeast: 1))
    guard repeats >= fewestRepeats else {
      throw AssayError(
        .usage, "option 'repeats' of judge '\(name)' must be at least \(fewestRepeats)",
        hint: "disagreement cannot be told from fewer readings")
    }
    let endpoint = ChatEndpoint(settings)
    let progress = AssayCore.Progress(
      "judging", total: repeats, unit: "readings", quiet: judged.quiet)
    defer { progress.finish() }
    var answers: [FacetAnswer] = []
    var untempered = 0
    for _ in 0..<repeats {
      let (answer, isUntempered) = try await read(judged, endpoint)
      answers.append(answer)
      if isUntempered { untempered += 1 }
      progress.advance()
    }
    let measurements = OpinionScoring.measurements(
      answers.map(\.scores), truth: judged.truth, report: judged.report)
    var score = OpinionScoring.score(
      truth: judged.truth, report: judged.report, measurements: measurements, judge: name)
    var notes = [
      "prompt": JudgePrompt.id, "prompt.sha256": JudgePrompt.hash, "model": settings.model,
      "endpoint": settings.kind.rawValue,
      "temperature": untempered == 0
        ? "\(settings.temperature ?? 0)"
        : "the model's own in \(untempered) of \(repeats) readings: the endpoint refuses one",
    ]
    for (index, answer) in answers.enumerated() {
      for (facet, reason) in answer.reasons { notes["reading \(index + 1), \(facet)"] = reason }
    }
    score.notes = notes
    return score
  }

  /// Where the judging model is; throws `AssayError(.usage)` naming what is missing or unknown.
  static func settings(
    _ options: JSONValue, environment: [String: String]
  ) throws -> ChatSettings {
    try ChatSettings(
      options, environment: environment,
      speaker: ChatSettings.Speaker(
        role: "judge", name: name, prefix: "ASSAY_JUDGE",
        naming: "name one with --option model=NAME, or set ASSAY_JUDGE_MODEL"),
      further: ["repeats"])
  }

  /// One reading, with one chance to mend an answer that cannot be read, and whether it was given without
  /// the temperature.
  private static func read(
    _ judged: JudgedCase, _ endpoint: ChatEndpoint
  ) async throws -> (FacetAnswer, isUntempered: Bool) {
    // A new fence each time: a report cannot hold what did not exist when it was written.
    let prompt = try JudgePrompt(truth: judged.truth, report: judged.report)
    var turns = [ChatTurn.user(prompt.user)]
    let first = try await ask(endpoint, prompt.system, turns)
    do {
      return (try FacetAnswer(parsing: first.text), first.isUntempered)
    } catch let fault as AssayError {
      turns += [.assistant(first.text), .user(JudgePrompt.correction(fault.message))]
      let second = try await ask(endpoint, prompt.system, turns)
      do {
        return (try FacetAnswer(parsing: second.text), second.isUntempered)
      } catch let fault as AssayError {
        throw AssayError(
          .judgeFailed, "the judge's answer cannot be read: \(fault.message)",
          hint: "it was asked twice; try another model")
      }
    }
  }

  private static func ask(
    _ endpoint: ChatEndpoint, _ system: String, _ turns: [ChatTurn]
  ) async throws -> ChatAnswer {
    do {
      return try await endpoint.answer(system: system, turns)
    } catch let error as AssayError where error.code == .badAnswer {
      throw AssayError(.judgeFailed, error.message, hint: error.hint)
    }
  }

  /// Computes the score once more from the recorded readings.
  public static func rescore(
    truth: GroundTruth, report: Report, measurements: [String: Double]
  ) throws -> Score? {
    OpinionScoring.score(
      truth: truth, report: report, measurements: measurements, judge: name)
  }
}

extension AssayError.Code {
  /// A judge answered, and its answer is no judgement.
  public static let judgeFailed = AssayError.Code(rawValue: "judgeFailed")
}
