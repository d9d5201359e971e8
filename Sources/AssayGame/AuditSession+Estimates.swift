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

  /// What of a call the budgets allow, if `part` of what is left may go into it: its arguments, with those of
  /// `reductions` made smaller one after the other until it can be paid, each as little as is enough.
  ///
  /// The arguments as they are where nothing is limited; nil where not even the least of all is affordable.
  /// Name last what an answer depends on most. Cost: up to six estimates for each reduction.
  public func affordable(
    _ tool: String, _ arguments: JSONValue = [:], reducing reductions: [CallReduction],
    using part: Double = 1
  ) throws -> JSONValue? {
    func fits(_ arguments: JSONValue) throws -> Bool {
      try affordableShare(of: tool, arguments, using: part) >= 1
    }
    var arguments = arguments
    if try fits(arguments) { return arguments }
    let schema = try tools.named(tool, kind: "tool").schema
    for reduction in reductions {
      let standard = schema.first { $0.name == reduction.name }?.defaultValue
      guard let given = arguments[reduction.name] ?? reduction.whole ?? standard,
        let size = given.int ?? given.array?.count, size > reduction.least
      else { continue }
      let current = arguments
      func reduced(_ size: Int) -> JSONValue {
        var smaller = current
        smaller[reduction.name] =
          given.array.map { JSONValue.array(Array($0.prefix(size))) } ?? JSONValue(size)
        return smaller
      }
      arguments = reduced(reduction.least)
      guard try fits(arguments) else { continue }
      // The greatest that fits, to a sixteenth.
      var (low, high) = (reduction.least, size)
      while high - low > max(1, size / 16) {
        let middle = (low + high) / 2
        if try fits(reduced(middle)) { low = middle } else { high = middle }
      }
      return reduced(low)
    }
    return nil
  }

  /// Operations a second of the calls so far; before there are enough, what an old laptop does.
  private var operationsPerSecond: Double {
    let spent = costSoFar
    return spent.flops > 1e10 && spent.seconds > 0.1 ? spent.flops / spent.seconds : 3e10
  }
}
