import AssayCore

extension Composer {
  private static let heroes: [(name: String, they: String, their: String, them: String)] = [
    ("Nell", "she", "her", "her"), ("Tam", "he", "his", "him"), ("Ivy", "she", "her", "her"),
    ("Bo", "he", "his", "him"), ("Wren", "she", "her", "her"), ("Finn", "he", "his", "him"),
    ("Mabel", "she", "her", "her"), ("Theo", "he", "his", "him"), ("Posy", "she", "her", "her"),
    ("Gus", "he", "his", "him"), ("Lottie", "she", "her", "her"), ("Hal", "he", "his", "him"),
  ]

  private static let objects = [
    "red kite", "silver bell", "blue cup", "wooden flute", "small brass key", "green scarf",
    "paper boat", "tin drum", "round mirror", "storybook", "wool hat", "glass marble",
  ]

  private static let places = [
    "under the bridge", "behind the mill", "in the tall grass", "on the windowsill",
    "inside the old boat", "beside the well", "at the top of the stairs", "in the baker's cart",
  ]

  private static let helpers = [
    "an old fisherman", "the baker", "a quiet owl", "the girl next door", "a grey cat",
    "the gardener", "a travelling singer", "the ferryman",
  ]

  /// A short story: somebody loses or wants a thing, looks for it, is helped, and feels otherwise.
  mutating func fiction() {
    let hero = pick(Self.heroes)
    let object = pick(Self.objects)
    let place = pick(Self.places)
    let helper = pick(Self.helpers)
    let town = pick(InventedNames.towns)
    let (sad, glad) = (
      pick(["sad", "worried", "cross", "lonely"]), pick(["happy", "calm", "proud", "glad"])
    )
    let season = pick(["spring", "summer", "autumn", "winter"])
    writer.sentence(
      pick([
        "One \(season) morning, \(hero.name) walked through \(town) with a \(object).",
        "\(hero.name) lived in \(town) and owned a \(object).",
        "It was \(season), and \(hero.name) had a new \(object).",
      ]))
    writer.sentence(
      pick([
        "The wind was strong, and the \(object) was gone in a moment.",
        "At noon \(hero.they) looked up, and the \(object) was missing.",
        "Before supper \(hero.they) noticed that the \(object) was lost.",
      ]))
    writer.sentence(
      pick([
        "\(hero.name) felt \(sad) and looked everywhere.",
        "That made \(hero.them) \(sad), so \(hero.they) began to search.",
        "\"Where is it?\" \(hero.they) said, and \(hero.they) felt \(sad).",
      ]))
    search(hero.they, avoiding: place)
    writer.sentence(
      pick([
        "Then \(helper) came by. \"Have you looked \(place)?\"",
        "Soon \(hero.they) met \(helper), who pointed and said, \"Look \(place).\"",
        "\"I saw it \(place),\" said \(helper).",
      ]))
    writer.sentence(
      pick([
        "There it was, \(place), as good as before.",
        "\(hero.name) ran, and there was the \(object), \(place).",
        "And \(place), \(hero.they) found the \(object).",
      ]))
    if chance(60) { lesson(hero.name, hero.they) }
    writer.sentence(
      pick([
        "\(hero.name) went home \(glad).", "That night \(hero.they) slept well and felt \(glad).",
        "\(hero.name) was \(glad) and shared \(hero.their) bread with \(helper).",
      ]))
    if chance(70) {
      writer.sentence("At school \(hero.name) learned a few things.")
      tellAbout(entity(), limit: 3) { _ in .prose }
    }
  }

  private mutating func search(_ they: String, avoiding place: String) {
    for wrong in generator.shuffled(Self.places.filter { $0 != place }).prefix(
      1 + generator.below(2))
    {
      writer.sentence(
        pick([
          "It was not \(wrong).", "\(they) looked \(wrong), but found only leaves.",
          "\(they) searched \(wrong) in vain.",
        ]))
    }
  }

  private mutating func lesson(_ name: String, _ they: String) {
    writer.sentence(
      pick([
        "\"Thank you,\" said \(name).", "From then on, \(they) took better care.",
        "It started to rain, but nobody minded.", "The bells rang in the tower.",
        "\(name) laughed, and the sun came out.",
      ]))
  }
}
