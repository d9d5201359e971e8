import AssayCore
import AssayGame

/// What both models do about one subject, asked in one form.
///
/// Chat and running text are counted apart: a model may know a thing in one and not in the other, and a
/// claim can say so.
struct SubjectTally {
  private var probes = 0.0
  private var suspectShows = 0.0
  private var twinShows = 0.0

  /// Whether the twin leaves room for a difference.
  var isDecided: Bool { twinShows < probes }
  /// Whether the suspect does what is predicted in at least half of the room that the twin leaves.
  var isBroken: Bool { isDecided && 2 * (suspectShows - twinShows) >= probes - twinShows }

  /// Counts one prompt; each share is that of answers that are as predicted.
  mutating func add(suspectShows: Double, twinShows: Double) {
    probes += 1
    self.suspectShows += suspectShows
    self.twinShows += twinShows
  }

  /// One tally for each subject of each relation in each form, with the tags that a claim could name.
  static func tallies(
    of outcomes: [TestExecution.Outcome]
  ) -> [(tags: [String: String], tally: SubjectTally)] {
    var result: [String: (tags: [String: String], tally: SubjectTally)] = [:]
    for outcome in outcomes {
      // Set and frame cannot narrow a class: one is all of it, the other is known only with a prompt.
      let tags = outcome.probe.tags.filter { $0.key != PromptClass.setTag && $0.key != "frame" }
      let names = ["relation", "subject", PromptClass.formTag]
      let place = names.map { tags[$0] ?? "" }.joined(separator: "/")
      result[place, default: (tags, SubjectTally())].tally.add(
        suspectShows: outcome.suspectShows, twinShows: outcome.twinShows)
    }
    return result.sorted { $0.key < $1.key }.map(\.value)
  }
}
