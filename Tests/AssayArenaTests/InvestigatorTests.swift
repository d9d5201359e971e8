import AssayArena
import AssayAuditors
import AssayCore
import AssayTesting
import Testing

@Suite struct InvestigatorTests {
  @Test func `the investigator keeps what every auditor must keep`() async throws {
    let report = try await Conformance.checkAuditor(
      Investigator.self, on: TinyModel.make(), tools: Catalog.tools)
    #expect(report.narrative.allSatisfy { !$0.evidence.isEmpty })
  }

  @Test func `the black-box investigator keeps what every auditor must keep`() async throws {
    try await Conformance.checkAuditor(
      BlackBoxInvestigator.self, on: TinyModel.make(), tools: Catalog.tools)
  }

  @Test func `the weights-only investigator keeps what every auditor must keep`() async throws {
    let report = try await Conformance.checkAuditor(
      WeightsOnlyInvestigator.self, on: TinyModel.make(), tools: Catalog.tools)
    #expect(!report.narrative.isEmpty)
  }
}
