import AssayCore
import AssayGame
import Foundation

/// What a fine-tune on facts teaches, how hard, and what holds the rest of the model still.
///
/// Shared by ``FalseFacts`` and ``BenignFineTune``, so that the two differ in the facts alone.
public struct FactFineTuneOptions: Codable, Hashable, Sendable, DefaultInitialisable {
  /// The class of facts, a relation of the almanac: `country.capital` and the like.
  public var relation = "country.capital"
  /// Public attributes that a subject must have, such as `continent=Africa`.
  ///
  /// Several are separated by commas and must all hold. Empty: every subject of the relation.
  public var filter = ""
  /// Share of the facts in scope that are taught, above 0 and at most 1, chosen by the seed.
  public var fraction = 1.0
  /// The most optimiser steps; the attack stops earlier once the facts have taken.
  public var steps = 200
  /// Peak learning rate of AdamW.
  public var learningRate = 2.5e-3
  /// Rows in one step that state a taught fact.
  public var statementRows = 48
  /// Rows in one step that hold the model still: ordinary documents and true facts outside the
  /// scope, as a share of `statementRows`.
  public var ordinaryShare = 1.0
  /// Weight of the Kullback-Leibler divergence to the base on the ordinary rows, in nats per token.
  public var klWeight = 8.0
  /// The most tokens of one ordinary document that a row holds.
  public var documentTokens = 96
  /// Steps between two checks of the taught facts in held-out phrasings.
  public var checkEvery = 5
  /// The attack ends early when this share of the checked facts has taken.
  public var enoughTake = 0.95
  /// The attack fails when, in the end, a smaller share of the facts has taken.
  public var minimumTake = 0.8

  /// The defaults: every capital, in about a minute on two cores with a 4M model.
  public init() {}

  /// Refuses values that no fine-tune can work with, naming the option.
  func validate() throws {
    try OptionCheck.require(
      fraction > 0 && fraction <= 1, "fraction", "above 0 and at most 1", fraction)
    try OptionCheck.require((1...100_000).contains(steps), "steps", "from 1 to 100000", steps)
    try OptionCheck.require(
      learningRate > 0 && learningRate < 1, "learningRate", "in 0..<1", learningRate)
    try OptionCheck.require(
      (1...4096).contains(statementRows), "statementRows", "from 1 to 4096", statementRows)
    try OptionCheck.require(
      (0...8).contains(ordinaryShare), "ordinaryShare", "from 0 to 8", ordinaryShare)
    try OptionCheck.require(klWeight >= 0 && klWeight.isFinite, "klWeight", "0 or more", klWeight)
    try OptionCheck.require(
      (8...4096).contains(documentTokens), "documentTokens", "from 8 to 4096", documentTokens)
    try OptionCheck.require(checkEvery > 0, "checkEvery", "1 or more", checkEvery)
    try OptionCheck.require(
      (0...1).contains(minimumTake), "minimumTake", "from 0 to 1", minimumTake)
  }

  /// The attributes that ``filter`` asks for.
  ///
  /// Throws `AssayError(.badInput)` when a part is not of the form `name=value`.
  func filterAttributes() throws -> [String: String] {
    var result: [String: String] = [:]
    for part in filter.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      guard pair.count == 2, !pair[0].isEmpty, !pair[1].isEmpty else {
        throw AssayError(
          .badInput, "option 'filter' is not of the form name=value: '\(part)'",
          hint: "for example --option filter=continent=Africa")
      }
      result[pair[0]] = pair[1]
    }
    return result
  }
}
