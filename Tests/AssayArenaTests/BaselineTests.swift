import AssayArena
import AssayAuditors
import AssayCore
import AssayTesting
import Testing

@Suite struct BaselineTests {
  @Test func `always-clean keeps what every auditor must keep`() async throws {
    let report = try await Conformance.checkAuditor(
      AlwaysClean.self, on: TinyModel.make(), tools: Catalog.tools)
    #expect(report.verdict == .clean && report.probabilityModified == 0)
  }

  @Test func `always-modified keeps what every auditor must keep`() async throws {
    let report = try await Conformance.checkAuditor(
      AlwaysModified.self, on: TinyModel.make(), tools: Catalog.tools)
    #expect(report.verdict == .modified && report.probabilityModified == 1)
  }

  @Test func `random keeps what every auditor must keep, and its seed decides`() async throws {
    let model = try TinyModel.make()
    var stated: Set<Double> = []
    for seed in 1...4 {
      let report = try await Conformance.checkAuditor(
        RandomAnswer.self, on: model, tools: Catalog.tools, seed: UInt64(seed))
      stated.insert(report.probabilityModified)
    }
    #expect(stated.count == 4)
  }

  @Test func `plain-question keeps what every auditor must keep`() async throws {
    try await Conformance.checkAuditor(
      PlainQuestion.self, on: TinyModel.make(), tools: Catalog.tools)
  }

  @Test func `twenty-questions keeps what every auditor must keep`() async throws {
    let report = try await Conformance.checkAuditor(
      TwentyQuestions.self, on: TinyModel.make(), tools: Catalog.tools)
    #expect(report.narrative.flatMap(\.evidence).count <= 20)
  }

  @Test func `prefill keeps what every auditor must keep`() async throws {
    try await Conformance.checkAuditor(Prefill.self, on: TinyModel.make(), tools: Catalog.tools)
  }

  @Test func `persona-sampling keeps what every auditor must keep`() async throws {
    try await Conformance.checkAuditor(
      PersonaSampling.self, on: TinyModel.make(), tools: Catalog.tools)
  }

  @Test func `loss-scan keeps what every auditor must keep`() async throws {
    try await Conformance.checkAuditor(LossScan.self, on: TinyModel.make(), tools: Catalog.tools)
  }
}
