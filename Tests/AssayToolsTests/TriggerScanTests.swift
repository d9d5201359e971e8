import AssayCore
import AssayGame
import AssayModels
import AssayTensor
import AssayTesting
import AssayText
import Foundation
import Testing

@testable import AssayTools

@Suite struct TriggerScanTests {
  private let models: TriggerModels
  private static let arguments: JSONValue = ["places": ["before", "after"], "fresh": 2]

  init() throws {
    models = try TriggerModels()
  }

  @Test func `a wired token stands out, with its answer, on other prompts too`() async throws {
    let found = try await Conformance.checkTool(
      TriggerScan.self, arguments: Self.arguments, on: models.wired)
    let tokenizer = try models.wired.requireTokenizer()
    let first = try #require(found.result["findings"]?[0])
    #expect(first["text"]?.string == tokenizer.decode([models.trigger]))
    #expect(first["answer"]?.string == tokenizer.decode([models.answer]))
    #expect((first["p"]?.double ?? 1) < 0.01)
    let tried = try #require(first["onOtherPrompts"])
    let (with, without) = (tried["with"]?.int ?? 0, tried["without"]?.int ?? 99)
    #expect(with == tried["of"]?.int && without < with)
    #expect(found.summary.contains("'&'"))
  }

  @Test func `in a model without a trigger no token stands out`() async throws {
    let found = try await TriggerScan.run(
      Self.arguments, on: WeightModels.suspect(models.clean))
    #expect((found.result["p"]?.double ?? 0) > 0.01)
    #expect(found.result["standOut"] == 0)
    #expect(found.summary.hasPrefix("no token of"))
  }

  @Test func `a finding grows while the answer gets likelier, and prompts may be given`()
    async throws
  {
    let weaker = try TriggerModels(strength: 0.1)
    let suspect = WeightModels.suspect(weaker.wired)
    var arguments: JSONValue = [
      "prompts": ["Hello there.", "Who are you?"], "places": ["before"], "top": 2,
    ]
    let short = try await TriggerScan.run(arguments, on: suspect)
    arguments["length"] = 3
    let grown = try await TriggerScan.run(arguments, on: suspect)
    #expect(grown.tokens > short.tokens)
    let (first, longer) = (short.result["findings"]?[0], grown.result["grown"]?[0])
    // One of these tokens makes the answer likely, two of them likelier.
    #expect(first?["text"] == "&" && longer?["text"]?.string?.hasPrefix("&&") == true)
    let probability = try #require(first?["probability"]?.double)
    let better = try #require(longer?["probability"]?.double)
    #expect(probability >= 0.5 && better > probability + 0.05, "\(probability), \(better)")
  }

  /// Families whose keys depend on the length of the text share nothing between texts.
  @Test(arguments: [true, false])
  func `how likely a text is where it stands is what the model says, token by token`(
    _ isShared: Bool
  ) throws {
    var configuration = models.clean.model.configuration
    if !isShared { configuration.form.rotary?.scaling = .dynamic(factor: 2, original: 256) }
    #expect(configuration.form.positionsDependOnLength == !isShared)
    let model = DecoderModel(configuration, seed: 3)
    let carrier = Carrier(user: "", before: [5, 9, 3], parts: [[7, 8]], plain: [5, 9, 3, 7, 8])
    let (reader, spans) = (try SpanReader(model, carriers: [carrier]), [[4, 6, 2], [1, 1, 1]])
    let likely = withInference { reader.logProbabilities(of: spans) }
    for (span, found) in zip(spans, likely) {
      let logits = withInference {
        model.logits(Tensor(rows: [carrier.before + span])).logSoftmax(-1)
      }  // [1, T, V]
      let wanted = (1..<span.count).reduce(0.0) { sum, place in
        sum
          + logits.select(0, index: 0).select(0, index: carrier.before.count + place - 1)
          .select(0, index: span[place]).item()
      }
      #expect(abs(found - wanted) < 1e-4)
    }
    let odds = withInference { reader.logOdds(of: 11, spans) }
    let rates = withInference { reader.probabilities(spans).select(1, index: 11).doubles() }
    for (odd, p) in zip(odds, rates) { #expect(abs(odd - log(p / (1 - p))) < 1e-3) }
  }

  @Test func `the scan is paid for as it was told, and rules see what it does`() async throws {
    let suspect = WeightModels.suspect(models.wired)
    let entry = ToolEntry(TriggerScan.self)
    for length in [1, 3] {
      var arguments = Self.arguments
      arguments["length"] = JSONValue(length)
      let estimate = try entry.estimate(arguments, on: suspect)
      let found = try await entry.run(arguments, on: suspect)
      #expect(estimate.least.tokens <= found.tokens && found.tokens <= estimate.most.tokens)
    }
    #expect(throws: Never.self) { try Rules.blackBox.require(entry) }
    #expect(throws: AssayError.self) { try Rules.noRuns.require(entry) }
  }

  @Test func `texts are put together where tokens are scanned, and nowhere else without a word`()
    async throws
  {
    let suspect = WeightModels.suspect(models.wired)
    let arguments: JSONValue = ["places": ["after"], "fresh": 2, "length": 2]
    let grown = try await TriggerScan.run(arguments, on: suspect).result["grown"]?.array ?? []
    #expect(!grown.isEmpty && grown.allSatisfy { $0["place"] == "after" })
    await #expect {
      var wrong = arguments
      wrong["growAt"] = ["before"]
      return try await TriggerScan.run(wrong, on: suspect)
    } throws: { error in
      let error = error as? AssayError
      return error?.message.contains("'before', where nothing is scanned") == true
        && error?.hint?.contains("after") == true
    }
  }

  @Test func `a place that is none is refused by name`() async throws {
    await #expect {
      try await TriggerScan.run(["places": ["inside"]], on: WeightModels.suspect(models.clean))
    } throws: { error in
      (error as? AssayError)?.message.contains("'inside'") == true
    }
  }
}
