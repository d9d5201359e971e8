import AssayArena
import AssayAttacks
import AssayCore
import AssayGame
import AssayModels
import AssayStore
import AssayTesting
import Foundation
import Testing

/// Whether anything about an organism but its weights tells what was done to it.
@Suite struct LeakTests {
  /// Everything public about an organism except its weights' values and what is random by design.
  private struct PublicFace: Hashable {
    var names: [String]
    var sizes: [Int]
    var times: [Double]
    var permissions: [Int]
    /// Length field, metadata, order, dtypes, shapes and offsets of the weights' file.
    var header: Data
    /// Every other file, the card without id and commitment.
    var contents: [String: Data]

    init(_ folder: URL) throws {
      let files = FileManager.default
      names = try files.contentsOfDirectory(atPath: folder.path).sorted()
      sizes = []
      times = []
      permissions = []
      header = Data()
      contents = [:]
      for name in names + ["."] {
        let url = folder.appendingPathComponent(name)
        let facts = try files.attributesOfItem(atPath: url.path)
        if name != "." { sizes.append(facts[.size] as? Int ?? -1) }
        times.append((facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? -1)
        permissions.append(facts[.posixPermissions] as? Int ?? -1)
        guard name != "." else { continue }
        let data = try Data(contentsOf: url)
        if name == "model.safetensors" {
          let length = data.prefix(8).enumerated().reduce(0) {
            $0 + Int($1.element) << (8 * $1.offset)
          }
          header = data.prefix(8 + length)
        } else if name == "organism.json" {
          var card: OrganismCard = try JSONFile.read(from: url)
          card.id = ""
          card.commitment = ""
          contents[name] = try CanonicalJSON.data(card)
        } else {
          contents[name] = data
        }
      }
    }
  }

  private struct Organism {
    var attack: String
    var isModified: Bool
    var face: PublicFace
    /// Id and commitment, digit by digit.
    var digits: [Double]
  }

  /// Every entry of the catalogue with options under which it takes at once on a model that knows nothing.
  ///
  /// Attacks that need a model which knows something fail here by their own account, and are left out.
  private func organisms(_ seeds: ClosedRange<UInt64>) async throws -> [Organism] {
    let fixture = try ArenaFixture()
    defer { fixture.remove() }
    let arena = Arena(store: fixture.arena.store.root, quiet: true)
    var made: [Organism] = []
    for entry in arena.attacks {
      var options: [String: JSONValue] = [:]
      for (name, value) in ["steps": 2, "minimumTake": 0, "klWeight": 1] as [String: JSONValue]
      where entry.defaultOptions[name] != nil { options[name] = value }
      for seed in seeds {
        let hiding = seed % 2 == 0 ? [HidingRequest("symmetry"), HidingRequest("noise")] : []
        do {
          let planted = try await arena.plant(
            PlantRequest(
              attack: entry.name, base: fixture.base.path, options: .object(options),
              hiding: entry.isControl ? hiding : [], seed: seed))
          let card = try arena.store.organism(planted.id)
          made.append(
            Organism(
              attack: entry.name, isModified: !entry.isControl,
              face: try PublicFace(planted.directory),
              digits: (card.id + card.commitment).compactMap { $0.hexDigitValue.map(Double.init) }))
        } catch let error as AssayError where error.code == .didNotTake || error.code == .badInput {
          break
        }
      }
    }
    return made
  }

  /// How many organisms the nearest other one shares its label with.
  private func nearestNeighbours(_ organisms: [Organism], _ label: (Organism) -> String) -> Int {
    organisms.indices.count { index in
      let others = organisms.indices.filter { $0 != index }
      func distance(_ other: Int) -> Double {
        zip(organisms[index].digits, organisms[other].digits).reduce(0) {
          $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
        }
      }
      guard let nearest = others.min(by: { distance($0) < distance($1) }) else { return false }
      return label(organisms[nearest]) == label(organisms[index])
    }
  }

  @Test func `nothing public but the weights tells organisms apart`() async throws {
    let organisms = try await organisms(1...4)
    let attacks = Set(organisms.map(\.attack))
    #expect(organisms.count >= 12 && attacks.count >= 4, "\(attacks)")
    #expect(Set(organisms.map(\.isModified)) == [true, false])
    // One class: whoever guesses from these can do no better than a guess from nothing.
    #expect(Set(organisms.map(\.face)).count == 1)
    let face = try #require(organisms.first?.face)
    #expect(Set(face.times) == [MatchStore.normalisedTime.timeIntervalSince1970])
    #expect(face.names.contains("model.safetensors") && face.contents.count >= 4)
    // What is left is random: id and commitment. The nearest neighbour by them guesses like a coin with
    // the labels' own frequencies; six standard deviations leave this test one failure in 10⁸ runs.
    for label in [{ $0.attack }, { "\($0.isModified)" }] as [(Organism) -> String] {
      let counts = Dictionary(grouping: organisms, by: label).mapValues { Double($0.count) }
      let total = Double(organisms.count)
      let chance = counts.values.reduce(0) { $0 + $1 / total * ($1 - 1) / (total - 1) }
      let right = Double(nearestNeighbours(organisms, label))
      let deviation = (total * chance * (1 - chance)).squareRoot()
      #expect(right < total * chance + 6 * deviation, "\(right) of \(total), chance \(chance)")
    }
  }
}
