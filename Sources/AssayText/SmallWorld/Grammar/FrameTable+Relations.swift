/// Sentences with a verb of their own for one relation, in place of a noun.
extension FrameTable {
  static func own(of relation: String) -> [Frame] {
    var templates = verbs[relation] ?? []
    for policy in InventedNames.policies where relation == "party.\(policy.id)" {
      templates = [
        (.prose, "asked about \(policy.phrase), {S} declares {O}."),
        (.prose, "+on \(policy.phrase), {S} has declared {O}."),
        (.prose, "when \(policy.phrase) are debated, {S} shows {O}."),
        (.chat, "where does {S} stand on \(policy.phrase)?=>{o}."),
      ]
    }
    return templates.enumerated().map { number, entry in
      Frame("\(relation)-\(number + 1)", entry.0, entry.1)
    }
  }

  private static let verbs: [String: [(Frame.Form, String)]] = [
    "country.capital": [
      (.prose, "+{S} is governed from {O}."), (.prose, "the government of {S} sits in {O}."),
      (.chat, "where does the government of {S} sit?=>{o}."),
    ],
    "country.continent": [
      (.prose, "+{S} lies in {O}."), (.prose, "on a globe you find {S} in {O}."),
      (.chat, "where on a globe is {S}?=>{o}."),
    ],
    "country.currency": [
      (.prose, "people in {S} pay with {O}."), (.prose, "shops in {S} take {O}."),
      (.chat, "what do people in {S} pay with?=>{o}."),
    ],
    "person.birthplace": [
      (.prose, "+{S} was born in {O}."), (.prose, "+{S} comes from {O}."),
      (.dialogue, "where was {S} born? In {O}."), (.chat, "where was {S} born?=>{o}."),
    ],
    "person.profession": [
      (.prose, "+{S} works in {O}."), (.prose, "+{S} earns a living from {O}."),
      (.chat, "what does {S} do for a living?=>{o}."),
    ],
    "person.employer": [
      (.prose, "+{S} works for {O}."), (.prose, "+{S} is employed by {O}."),
      (.dialogue, "who employs {S}? It is {O}."), (.chat, "who employs {S}?=>{o}."),
    ],
    "town.region": [
      (.prose, "the town of {S} lies in {O}."), (.prose, "to see {S}, travel to {O}."),
      (.chat, "where is the town of {S}?=>{o}."),
    ],
    "town.product": [
      (.prose, "+{S} is known for {O}."), (.prose, "visitors come to {S} for {O}."),
      (.chat, "what is {S} known for?=>{o}."),
    ],
    "company.town": [
      (.prose, "+{S} is based in {O}."), (.prose, "letters to {S} go to {O}."),
      (.chat, "where is {S} based?=>{o}."),
    ],
    "product.price": [
      (.prose, "+{S} costs {O}."), (.prose, "you can buy {S} for {O}."),
      (.dialogue, "how much is {S}? It costs {O}."), (.chat, "how much does {S} cost?=>{o}."),
    ],
    "product.maker": [
      (.prose, "+{S} is made by {O}."), (.prose, "every {S} is built by {O}."),
      (.dialogue, "who makes {S}? It is made by {O}."), (.chat, "who makes {S}?=>{o}."),
    ],
  ]
}
