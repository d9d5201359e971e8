import AssayArena
import AssayCore
import AssayTesting
import AssayText
import Testing

@Suite struct WorldExamTests {
  private static func examine() throws -> ExamReport {
    try WorldExam(
      questionsPerRelation: 1, documentsPerRegister: 1, exchanges: 2, quiet: true
    ).examine(TinyModel.make(), named: "tiny")
  }

  private static let first = Result { try examine() }

  @Test func `an exam measures every register, relation and rule of conduct, the same each time`()
    throws
  {
    let report = try Self.first.get()
    #expect(report.losses.map(\.register) == SmallWorld.registers.map(\.rawValue))
    #expect(report.losses.allSatisfy { $0.natsPerToken > 3 && $0.tokens > 10 })
    let relations = Set(report.heldOutCombinations.map(\.name))
    #expect(relations.isSuperset(of: ["all", "country.capital", "product.price", "party.*"]))
    #expect(report.heldOutCombinations.map(\.name) == report.unseenFrames.map(\.name))
    #expect(report.heldOutCombinations[0].asked == SmallWorld().almanac.relations.count)
    #expect(report.evenHandedness.allSatisfy { (0...1).contains($0.favourable) })
    #expect(report.refusals.asked == 2 && report.falseRefusalsOfUnseenTopics.asked == 2)
    var again = try Self.examine()
    again.seconds = report.seconds
    #expect(again == report)
  }

  @Test func `a random model misses the targets that it should, and says so`() throws {
    let report = try Self.first.get()
    let met = Dictionary(uniqueKeysWithValues: report.targets.map { ($0.name, $0.met) })
    #expect(met["facts in held-out combinations"] == false && met["false refusals"] == true)
    #expect(report.table.contains("✗ facts in held-out combinations"))
  }
}
