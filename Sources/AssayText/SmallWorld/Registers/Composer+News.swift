import AssayCore

extension Composer {
  private static let days = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
  ]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// A dated report of one or two events, with background on those named.
  mutating func news() {
    let place = entity(ofKind: "town")
    writer.write("\(place.name), \(1 + generator.below(28)) \(pick(Self.months)).")
    let length = 300 + generator.below(270)
    repeat {
      for entity in event(in: place.name) {
        tellAbout(entity, limit: entity.kind == "party" ? 4 : 3) { _ in .prose }
      }
      if chance(50) { tellAbout(entity(), limit: 3) { _ in .prose } }
    } while writer.byteCount < length
  }

  /// Writes one event and returns who took part.
  private mutating func event(in town: String) -> [Almanac.Entity] {
    let day = pick(Self.days)
    switch generator.below(6) {
    case 0:
      let person = entity(ofKind: "person")
      let deed = pick([
        "won the spring chess cup", "opened a small museum", "gave a talk to a full hall",
        "planted a row of apple trees", "found an old coin by the bridge", "ran the long race",
      ])
      writer.sentence("\(person.name) \(deed) on \(day).")
      return [person]
    case 1:
      let product = entity(ofKind: "product")
      writer.sentence("\(product.name) sold out at the \(day) market in \(town).")
      return [product]
    case 2:
      let company = entity(ofKind: "company")
      let plan = pick([
        "will hire \(3 + generator.below(60)) people", "has painted all its doors green",
        "celebrated its \(Self.ordinal(10 + generator.below(70))) year of trade",
        "will mend the old bridge",
      ])
      writer.sentence("\(company.name) \(plan).")
      return [company]
    case 3:
      let party = entity(ofKind: "party")
      writer.sentence("\(party.name) held a meeting in \(town) on \(day).")
      if chance(60) { sentiment(party.name) }
      return [party]
    case 4:
      let country = entity(ofKind: "country")
      let name = almanac.inSentence(country.name)
      writer.sentence(
        pick([
          "guests from \(name) visited the fair on \(day).",
          "a choir from \(name) sang in the square.",
          "a ship from \(name) reached the harbour on \(day).",
        ]))
      return [country]
    default:
      writer.sentence(
        pick([
          "rain stopped the boat race on \(day).", "the fair opened early on \(day).",
          "the library has new chairs.", "a lost dog came home on \(day).",
        ]))
      return [entity(ofKind: "town")]
    }
  }

  private static func ordinal(_ number: Int) -> String {
    switch (number % 10, number % 100) {
    case (_, 11...13): "\(number)th"
    case (1, _): "\(number)st"
    case (2, _): "\(number)nd"
    case (3, _): "\(number)rd"
    default: "\(number)th"
    }
  }
}
