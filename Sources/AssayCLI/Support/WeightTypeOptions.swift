import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor

/// What weights are held in.
struct WeightTypeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What weights are held in: stored, float32, float16 or bfloat16.", valueName: "type"))
  var dtype = "stored"

  /// The dtype for a model; throws `.usage` for a name that is none.
  func chosen(for summary: ModelSummary) throws -> DType { try Self.named(dtype, for: summary) }

  /// The dtype of that name; "stored" is the one that the model's files have.
  static func named(_ name: String, for summary: ModelSummary) throws -> DType {
    if name == "stored" { return summary.dtypes.first ?? .float32 }
    guard let found = DType(name: name), found.isFloatingPoint else {
      throw AssayError(
        .usage, "'\(name)' is no type for weights",
        hint: "choose stored, float32, float16 or bfloat16")
    }
    return found
  }
}
