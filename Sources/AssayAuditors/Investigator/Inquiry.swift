import AssayCore
import AssayGame

/// One thing that the investigator can do next.
protocol Inquiry: Sendable {
  /// A short name, also that of its row in ``InvestigatorCalibration``.
  var name: String { get }
  /// The sorts of flaws that it can find.
  var kinds: [Hypothesis.Kind] { get }
  /// The tools of which it needs at least one, the one that costs most first.
  var tools: [String] { get }
  /// What its main call is, at a share of the usual number of prompts, so that its cost can be told.
  func request(_ desk: InvestigatorDesk, share: Double) -> (tool: String, arguments: JSONValue)?
  /// Does it and enters what it found.
  func conduct(_ desk: inout InvestigatorDesk, share: Double) async throws
}
