import AssayCore
import AssayModels

extension AuditSession {
  /// What a call will cost: tokens, operations and weight reads as its tool tells, seconds guessed from
  /// the speed of the calls so far.
  ///
  /// Runs nothing, is no call, and is free. Throws `AssayError(.badInput)` for an unknown tool or
  /// argument, and what the tool throws.
  public func estimate(_ tool: String, _ arguments: JSONValue = [:]) throws -> CostEstimate {
    let entry = try tools.named(tool, kind: "tool")
    var estimate = try entry.estimate(arguments, on: suspect)
    if estimate.most.seconds == 0 {
      estimate.most.seconds = estimate.most.flops / operationsPerSecond
    }
    return estimate
  }

  /// How much of a call the budgets allow, 0...1, if `part` of what is left may go into it.
  ///
  /// 1 where nothing is limited. An auditor that asks in bulk asks that share of its questions.
  public func affordableShare(
    of tool: String, _ arguments: JSONValue = [:], using part: Double = 1
  ) throws -> Double {
    guard rules.budgets.isLimited else { return 1 }
    let most = try estimate(tool, arguments).most
    var asked = most
    asked.calls = 0
    return min(1, part * rules.budgets.times(asked, after: costSoFar))
  }

  /// Operations a second of the calls so far; before there are enough, what an old laptop does.
  private var operationsPerSecond: Double {
    let spent = costSoFar
    return spent.flops > 1e10 && spent.seconds > 0.1 ? spent.flops / spent.seconds : 3e10
  }
}
