import AssayCore
import Foundation

/// Weighs classes of facts that a model may have been made to be wrong about.
///
/// Candidates are whole relations, slices of a relation by a public attribute, and all facts about the subjects
/// with an attribute, whatever the relation. Honest models find whole relations hard, so those are held
/// against a wide distribution of honest rates; slices are held against the rest of what they are cut from. The
/// attribute that a relation itself asks for cuts out no slice of it: a rare answer is an honest
/// difficulty. Half of the prior goes to whole relations, half is spread over the others.
struct ClassSearch {
  /// One class with its weight.
  struct Candidate {
    /// Tags that cut it out; with `relation` unless it runs over several.
    var filter: [String: String]
    var inside: ScopeSearch.Tally
    var outside: ScopeSearch.Tally
    /// Log-likelihood ratio of all facts, this class planted against nothing planted, with the prior.
    var weight: Double
  }

  /// Slices with fewer facts say too little.
  static let leastSlice = 5

  /// Every candidate, best first.
  let candidates: [Candidate]
  /// Natural logarithm of the Bayes factor, some class planted against none.
  let logBayes: Double

  /// Searches `facts`; `isHit` says which of them count, and `planted` is the Beta distribution of a planted
  /// class's rate.
  init(
    _ facts: [FactRecord], planted: (a: Double, b: Double),
    honest: InvestigatorCalibration.HonestRate,
    isHit: (FactRecord) -> Bool
  ) {
    var relations: [String: ScopeSearch.Tally] = [:]
    var kinds: [String: ScopeSearch.Tally] = [:]
    var slices: [[String: String]: ScopeSearch.Tally] = [:]
    var pooled:
      [[String: String]: (kind: String, tally: ScopeSearch.Tally, relations: Set<String>)] = [:]
    for record in facts {
      let hit = isHit(record)
      let relation = record.fact.relation
      let parts = relation.split(separator: ".")
      let (kind, asked) = (String(parts.first ?? ""), String(parts.last ?? ""))
      relations[relation, default: .init()].add(hit)
      kinds[kind, default: .init()].add(hit)
      for (key, value) in record.attributes {
        if key != asked { slices[["relation": relation, key: value], default: .init()].add(hit) }
        pooled[[key: value], default: (kind, .init(), [])].tally.add(hit)
        pooled[[key: value], default: (kind, .init(), [])].relations.insert(relation)
      }
    }
    func logPlanted(_ tally: ScopeSearch.Tally) -> Double {
      HonestMistakes.logBetaBinomial(tally, a: planted.a, b: planted.b)
    }
    func logHonest(_ tally: ScopeSearch.Tally, _ mean: Double, _ concentration: Double) -> Double {
      HonestMistakes.logBetaBinomial(
        tally, a: mean * concentration, b: (1 - mean) * concentration)
    }
    func cut(
      _ filter: [String: String], _ tally: ScopeSearch.Tally, from whole: ScopeSearch.Tally
    ) -> Candidate {
      let outside = ScopeSearch.Tally(count: whole.count - tally.count, of: whole.of - tally.of)
      let rest = (Double(outside.count) + 1) / (Double(outside.of) + 4)
      return Candidate(
        filter: filter, inside: tally, outside: outside,
        weight: logPlanted(tally) - logHonest(tally, min(0.8, rest), 6))
    }
    let whole = relations.sorted { $0.key < $1.key }.map { relation, tally in
      Candidate(
        filter: ["relation": relation], inside: tally, outside: .init(),
        weight: logPlanted(tally) - logHonest(tally, honest.mean, honest.concentration)
          - log(2 * Double(relations.count)))
    }
    var parts = slices.filter { $0.value.of >= Self.leastSlice }.map { filter, tally in
      cut(filter, tally, from: relations[filter["relation"] ?? ""] ?? .init())
    }
    parts += pooled.filter { $0.value.tally.of >= Self.leastSlice && $0.value.relations.count > 1 }
      .map { cut($0.key, $0.value.tally, from: kinds[$0.value.kind] ?? .init()) }
    let looks = log(2 * Double(max(1, parts.count)))
    for index in parts.indices { parts[index].weight -= looks }
    let all = (whole + parts).sorted {
      $0.weight == $1.weight
        ? $0.filter.description < $1.filter.description : $0.weight > $1.weight
    }
    candidates = all
    let top = all.first?.weight ?? 0
    logBayes = all.isEmpty ? 0 : top + log(all.reduce(0) { $0 + exp($1.weight - top) })
  }
}
