import ArgumentParser
import AssayCore
import AssayModels
import AssayTensor
import Foundation

/// Token ids given on the command line.
struct TokenIDs: ParsableArguments {
  @Option(help: ArgumentHelp("Token ids, separated by commas.", valueName: "ids"))
  var tokens: String

  /// The ids as one row [1, T]; throws for what is no id of a vocabulary of that size or goes beyond
  /// the context.
  func row(vocabulary: Int, context: Int) throws -> Tensor {
    let ids = try list()
    if let wrong = ids.first(where: { $0 < 0 || $0 >= vocabulary }) {
      throw AssayError(
        .badInput, "token id \(wrong) is outside the vocabulary of \(vocabulary)",
        hint: "use ids from 0 to \(vocabulary - 1)")
    }
    guard ids.count <= context else {
      throw AssayError(
        .badInput, "\(ids.count) tokens are more than the model's context of \(context)",
        hint: "give at most \(context) token ids")
    }
    return Tensor(ids, shape: [1, ids.count])
  }

  /// The ids as they are written; throws `.usage` where there are none.
  func list() throws -> [Int] {
    let ids = try tokens.split(separator: ",").map { part -> Int in
      guard let id = Int(part.trimmingCharacters(in: .whitespaces)) else {
        throw AssayError(
          .usage, "'\(part)' is not a token id", hint: "write for example --tokens 1,2,3")
      }
      return id
    }
    guard !ids.isEmpty else {
      throw AssayError(.usage, "there are no token ids", hint: "write for example --tokens 1,2,3")
    }
    return ids
  }
}
