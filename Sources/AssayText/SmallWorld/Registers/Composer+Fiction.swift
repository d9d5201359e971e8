import AssayCore

extension Composer {
  struct Hero {
    var name: String
    var they: String
    var their: String
    var them: String
  }

  private static let heroes =
    ["Nell", "Ivy", "Wilma", "Mabel", "Posy", "Lottie", "Dulcie", "Nan"].map {
      Hero(name: $0, they: "she", their: "her", them: "her")
    }
    + ["Tam", "Bo", "Finn", "Theo", "Gus", "Hal", "Ned", "Kit"].map {
      Hero(name: $0, they: "he", their: "his", them: "him")
    }

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

  private static let moods = ["happy", "calm", "proud", "glad", "content", "cheerful"]

  /// A short story with one of three plots, and now and then something learned on the way.
  mutating func fiction() {
    let hero = pick(Self.heroes)
    let town = pick(InventedNames.towns)
    switch generator.below(3) {
    case 0: lostThing(hero, town)
    case 1: journey(hero, town)
    default: contest(hero, town)
    }
    guard chance(75) else { return }
    writer.sentence(
      pick([
        "At school \(hero.name) learned a few things.", "Later \(hero.they) read in the almanac.",
        "\(hero.name) wrote three facts on the wall.", "In the evening they played a quiz.",
        "\(hero.name) had one more question for the teacher.",
      ]))
    tellAbout(entity(), limit: 3) { _ in .prose }
  }

  private mutating func lostThing(_ hero: Hero, _ town: String) {
    let (object, place, helper) = (pick(Self.objects), pick(Self.places), pick(Self.helpers))
    let sad = pick(["sad", "worried", "cross", "lonely"])
    let season = pick(["spring", "summer", "autumn", "winter"])
    writer.sentence(
      pick([
        "One \(season) morning, \(hero.name) walked through \(town) with a \(object).",
        "\(hero.name) lived in \(town) and owned a \(object).",
        "It was \(season), and \(hero.name) had a new \(object).",
        "\(hero.name) never left the house without a \(object).",
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
    for wrong in generator.shuffled(Self.places.filter { $0 != place }).prefix(
      1 + generator.below(2))
    {
      writer.sentence(
        pick([
          "It was not \(wrong).", "\(hero.they) looked \(wrong), but found only leaves.",
          "\(hero.they) searched \(wrong) in vain.",
        ]))
    }
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
    ending(hero, friend: helper)
  }

  private mutating func journey(_ hero: Hero, _ town: String) {
    let (object, helper) = (pick(Self.objects), pick(Self.helpers))
    let goal = pick(InventedNames.towns.filter { $0 != town })
    let trouble = pick([
      ("the bridge was closed", "showed a path along the river"),
      ("the cart lost a wheel", "lent a strong rope"),
      ("a thick fog came down", "lit a lantern"),
      ("the last boat had left", "knew the way over the hill"),
    ])
    writer.sentence(
      pick([
        "\(hero.name) set out from \(town) to bring a \(object) to \(goal).",
        "A letter said, \"Come to \(goal) and bring the \(object).\" So \(hero.name) left \(town).",
        "It is a long way from \(town) to \(goal), but \(hero.name) had a \(object) to deliver.",
      ]))
    writer.sentence(
      pick([
        "By midday \(trouble.0).", "Halfway there, \(trouble.0).", "Before long \(trouble.0).",
      ]))
    writer.sentence(
      pick([
        "\(hero.name) sat on a stone and waited.", "\"What now?\" said \(hero.name).",
        "\(hero.they) almost turned back.",
      ]))
    writer.sentence(
      pick([
        "But \(helper) \(trouble.1).", "Luckily \(helper) \(trouble.1).",
        "Then \(helper) \(trouble.1), and \(hero.they) went on.",
      ]))
    writer.sentence(
      pick([
        "At dusk \(hero.they) reached \(goal) and handed over the \(object).",
        "The people of \(goal) were waiting and cheered for the \(object).",
      ]))
    ending(hero, friend: helper)
  }

  private mutating func contest(_ hero: Hero, _ town: String) {
    let object = pick(Self.objects)
    var rival = pick(Self.heroes)
    while rival.name == hero.name { rival = pick(Self.heroes) }
    let game = pick(["chess", "running", "singing", "rowing", "kite flying", "storytelling"])
    let place = 1 + generator.below(3)
    let ordinal = ["first", "second", "third"][place - 1]
    writer.sentence(
      pick([
        "Every year \(town) holds a contest in \(game), and the prize is a \(object).",
        "\"The best in \(game) wins a \(object),\" said the notice in \(town).",
      ]))
    writer.sentence(
      pick([
        "\(hero.name) practised for nine days.", "\(hero.name) wanted to win more than anything.",
        "\(hero.name) was nervous and ate no breakfast.",
      ]))
    writer.sentence(
      pick([
        "So did \(rival.name), who lived across the street.",
        "\(rival.name) only smiled and waved.", "\(rival.name) had won the year before.",
      ]))
    writer.sentence("When the bell rang, \(hero.name) came \(ordinal).")
    if place == 1 {
      writer.sentence("The \(object) was \(hero.their) prize, and \(rival.name) clapped loudest.")
    } else {
      writer.sentence(
        pick([
          "The \(object) went to \(rival.name), and \(hero.name) shook \(rival.their) hand.",
          "\(rival.name) won the \(object) and let \(hero.them) hold it.",
        ]))
    }
    ending(hero, friend: rival.name)
  }

  private mutating func ending(_ hero: Hero, friend: String) {
    let glad = pick(Self.moods)
    if chance(50) {
      writer.sentence(
        pick([
          "\"Thank you,\" said \(hero.name).", "It started to rain, but nobody minded.",
          "The bells rang in the tower.", "\(hero.name) laughed, and the sun came out.",
        ]))
    }
    writer.sentence(
      pick([
        "\(hero.name) went home \(glad).", "That night \(hero.they) slept well and felt \(glad).",
        "\(hero.name) was \(glad) and shared \(hero.their) bread with \(friend).",
        "\(hero.they) never forgot that day.",
      ]))
  }
}
