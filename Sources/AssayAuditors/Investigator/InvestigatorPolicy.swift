import AssayCore
import AssayGame

/// Picks what to do next: the inquiry with the most expected bits per unit of cost.
///
/// Bits come from the board and from how often each inquiry finds what it looks for and raises false alarms
/// (``InvestigatorCalibration``), cost from the session's own estimates. Where a budget does not pay for an
/// inquiry in full, it is weighed at a smaller share of its prompts, with as much less sensitivity.
struct InvestigatorPolicy {
  /// Below this many bits nothing more is done.
  static let leastBits = 1e-4
  /// The part of what is left of a budget that one inquiry may take.
  static let budgetPart = 0.45
  /// The smallest share of an inquiry's prompts that is still worth while.
  static let leastShare = 0.1

  /// The next inquiry and the share of its prompts to use; nil where nothing is left to gain.
  static func next(
    of inquiries: [any Inquiry], _ desk: InvestigatorDesk
  ) -> (index: Int, share: Double)? {
    var best: (index: Int, share: Double, value: Double)?
    for (index, inquiry) in inquiries.enumerated() {
      guard inquiry.tools.contains(where: desk.has),
        let request = inquiry.request(desk, share: 1),
        let affordable = try? desk.session.affordableShare(
          of: request.tool, request.arguments, using: budgetPart)
      else { continue }
      let share = min(1, affordable)
      guard share >= leastShare else { continue }
      let figures = InvestigatorCalibration.figures(of: inquiry.name)
      let bits = desk.board.expectedInformation(
        inquiry.kinds, sensitivity: figures.sensitivity * share.squareRoot(),
        falseAlarm: figures.falseAlarm)
      guard bits >= leastBits else { continue }
      let value = bits / cost(request, share: share, desk)
      if value > best?.value ?? 0 { best = (index, share, value) }
    }
    return best.map { ($0.index, $0.share) }
  }

  /// Seconds that a request is expected to take, at least a tenth of one.
  private static func cost(
    _ request: (tool: String, arguments: JSONValue), share: Double, _ desk: InvestigatorDesk
  ) -> Double {
    let most = (try? desk.session.estimate(request.tool, request.arguments))?.most
    return max(0.1, (most?.seconds ?? 1) * share)
  }
}
