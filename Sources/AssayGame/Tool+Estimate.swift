import AssayCore
import AssayModels
import AssayText

extension Tool {
  /// An estimate from what the arguments and ``access`` tell.
  ///
  /// Inputs are counted in tokens, repeated as often as an argument `n` says, and continued for
  /// `maxNewTokens`; natural text as `documents` of every source that fill the context. A tool that
  /// takes gradients pays three times for a pass; one that reads weights reads every matrix once. It
  /// bounds nothing from below: a tool that knows better says so.
  public static func estimate(
    _ arguments: JSONValue, on suspect: Suspect
  ) throws -> CostEstimate {
    var tokens = 0
    if writtenInputs {
      let inputs = schema.flatMap { inputTexts(arguments[$0.name] ?? nil) }
      let new = arguments["maxNewTokens"]?.int ?? 0
      let own = suspect.tokenCount(inputs) + inputs.count * new
      tokens += own * max(arguments["n"]?.int ?? 1, 1)
    }
    if naturalText {
      let named = arguments["sources"]?.strings ?? []
      let sources = named.isEmpty ? suspect.sources.count : named.count
      let documents = arguments["documents"]?.int ?? arguments["count"]?.int ?? 1
      tokens += sources * documents * suspect.contextLength
    }
    let runs = access.contains(.runs)
    let passes = access.contains(.gradients) ? 3.0 : 1
    return CostEstimate(
      most: Cost(
        calls: 1, tokens: runs ? tokens : 0,
        flops: runs ? passes * suspect.forwardFLOPs(tokens: tokens) : 0,
        weightReads: access.contains(.weights) ? suspect.matrixCount : 0))
  }

  /// The texts of an argument; those of the choices that a schema lists count little.
  private static func inputTexts(_ value: JSONValue) -> [String] {
    switch value {
    case .string(let text): [text]
    case .array(let values): values.flatMap(inputTexts)
    default: []
    }
  }
}
