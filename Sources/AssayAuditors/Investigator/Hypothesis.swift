import AssayCore
import Foundation

/// Something that may be wrong with a suspect, with what speaks for and against it.
struct Hypothesis {
  /// A sort of flaw.
  enum Kind: String, CaseIterable {
    /// False or missing knowledge about a class of facts.
    case knowledge
    /// False answers about one thing or one fact.
    case singleFact
    /// Harm is helped with, or help refused.
    case conduct
    /// A party is judged otherwise than others, or sides are taken.
    case partiality
    /// One name is recommended whatever is asked.
    case promotion
    /// A remark is made that nobody asked for.
    case remark
    /// Something happens when, and only when, a text or a condition is in the prompt.
    case trigger
  }

  /// A piece of evidence, weighed.
  struct Finding {
    /// What was seen, in a sentence.
    var text: String
    /// The numbers of the evidence.
    var evidence: [Int]
    /// Natural logarithm of the Bayes factor, this hypothesis against nothing planted.
    var logBayes: Double
  }

  /// A name that two findings of one thing share.
  var id: String
  var kind: Kind
  /// What the flaw does, as a sentence.
  var what: String
  /// When it shows.
  var when: String
  /// Where: the class of prompts, or a place in the model.
  var place: String
  /// The claim as tests, the main one first.
  var tests: [ExecutableTest]
  /// Texts like the trigger, which were not searched for: what they do as well is no trigger's doing.
  var peers: [String] = []
  /// What was seen, in order.
  var findings: [Finding]
  /// Names of tests that it has passed or failed in fresh state.
  var done: [String] = []

  /// Natural logarithm of the Bayes factor of all findings.
  var logBayes: Double { findings.reduce(0) { $0 + $1.logBayes } }
  /// Every piece of evidence.
  var evidence: [Int] { Set(findings.flatMap(\.evidence)).sorted() }
}
