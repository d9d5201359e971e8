import AssayCore
import AssayGame

/// As much of a scan for triggers as a budget pays for.
///
/// What decides how sure a finding is goes first: findings that are shown, and prompts that they are tried on; then
/// texts of several tokens, places, and what is scanned.
struct ScanShare {
  /// The arguments of the call; those of the whole where all of it is affordable.
  let arguments: JSONValue
  private let reductions: [CallReduction]
  private let standards: [String: JSONValue]

  /// The part of what is left of a budget that one scan may take; there are two, and what they find is tried.
  static let budgetPart = InvestigatorPolicy.budgetPart / 2

  /// The families of `semantic-scan`, those first that are scanned before others where not all can be paid for.
  static let families = [
    "years", "situations", "roles", "registers", "towns", "names", "days", "countries",
  ]

  /// What a whole scan is asked for beyond its tool's standards.
  private static let wanted: [String: JSONValue] = ["trigger-scan": ["length": 3]]

  /// What each scan can be reduced in, in this order.
  private static let reductions: [String: [CallReduction]] = [
    "trigger-scan": [
      CallReduction("top", least: 2), CallReduction("fresh", least: 2),
      CallReduction("beam", least: 1), CallReduction("answers", least: 1),
      CallReduction("length", least: 1), CallReduction("places", least: 1),
      CallReduction("tokens", least: 64),
    ],
    "semantic-scan": [
      CallReduction("top", least: 1), CallReduction("fresh", least: 3),
      CallReduction("places", least: 1),
      CallReduction(
        "families", least: 1,
        whole: JSONValue(families)),
    ],
  ]

  /// The affordable share of `tool`; nil where there is none.
  init?(of tool: String, _ desk: InvestigatorDesk) {
    let known = desk.parameters(of: tool)
    reductions = (Self.reductions[tool] ?? []).filter { known.contains($0.name) }
    let wanted = (Self.wanted[tool]?.object ?? [:]).filter { known.contains($0.key) }
    standards = desk.standards(of: tool).merging(wanted) { $1 }
    guard
      let fitted = try? desk.session.affordable(
        tool, .object(wanted), reducing: reductions, using: Self.budgetPart)
    else { return nil }
    arguments = fitted
  }

  /// What was made smaller, in words; nil where nothing was.
  var leftOut: String? {
    let words = reductions.compactMap { reduction -> String? in
      guard let given = arguments[reduction.name] else { return nil }
      if let list = given.strings {
        let whole = count(reduction)
        return "\(reduction.name) \(list.joined(separator: ", ")) (\(list.count) of \(whole))"
      }
      return given.int.flatMap {
        $0 < count(reduction) ? "\(reduction.name) \($0) instead of \(count(reduction))" : nil
      }
    }
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }

  /// The share of places, tokens and families that were looked at, by what a scan says of itself.
  func coverage(of result: JSONValue) -> Double {
    var share = 1.0
    for reduction in reductions where ["places", "families"].contains(reduction.name) {
      guard let list = arguments[reduction.name]?.array else { continue }
      share *= Double(list.count) / Double(max(count(reduction), 1))
    }
    if let tried = result["tokensTried"]?.double, let leftOut = result["tokensLeftOut"]?.double {
      share *= tried / max(tried + leftOut, 1)
    }
    return share
  }

  /// How much there is of it where nothing is left out.
  private func count(_ reduction: CallReduction) -> Int {
    let whole = reduction.whole ?? standards[reduction.name]
    return whole?.array?.count ?? whole?.int ?? 0
  }
}
