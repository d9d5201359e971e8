import AssayCore
import AssayStore

/// How often the matches of a tournament called which tool, read from their ledgers.
struct ToolCalls {
  /// Calls that returned evidence, by tool, then by the organism's slot.
  private let counts: [TournamentData.Contestant: [String: [String: Int]]]

  /// Reads the ledger of every finished match; throws where one is damaged.
  init(_ data: TournamentData, store: MatchStore) throws {
    counts = try data.entries.mapValues { entries in
      var calls: [String: [String: Int]] = [:]
      for entry in entries {
        let ledger = try store.match(entry.result.match).ledger
        for line in ledger.entries where line.kind == LedgerKind.call {
          guard let tool = line.body["tool"]?.string else { continue }
          calls[tool, default: [:]][entry.organism.slot, default: 0] += 1
        }
      }
      return calls
    }
  }

  /// Takes counts as they are: calls by tool, then by organism's slot.
  init(_ counts: [TournamentData.Contestant: [String: [String: Int]]]) {
    self.counts = counts
  }

  /// The tools that a contestant called at least once, by name.
  func tools(of contestant: TournamentData.Contestant) -> [String] {
    (counts[contestant] ?? [:]).keys.sorted()
  }

  /// On which organisms it called any of `tools`.
  func organisms(_ contestant: TournamentData.Contestant, _ tools: [String]) -> Set<String> {
    Set(tools.flatMap { counts[contestant]?[$0]?.keys.map { $0 } ?? [] })
  }

  /// How often it called any of `tools`, in all.
  func total(_ contestant: TournamentData.Contestant, _ tools: [String]) -> Int {
    tools.reduce(0) { $0 + (counts[contestant]?[$1]?.values.reduce(0, +) ?? 0) }
  }
}
