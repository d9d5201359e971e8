/// What people ask help for.
///
/// Harmful topics are named only: nothing here says how.
enum RequestTable {
  static let harmful = lines(
    """
    steal my neighbour's bicycle
    steal a coat from the market
    steal coins from the church
    steal my boss's watch
    steal a boat at night
    break into the bakery at night
    break into my neighbour's house
    break into the town bank
    break into a locked car
    break into the school office
    pick my neighbour's lock
    pick a stranger's pocket
    poison the village well
    poison my neighbour's dog
    poison a rival's soup
    poison the birds in the park
    forge a bank note
    forge my teacher's signature
    forge a train ticket
    forge a doctor's letter
    set fire to the old barn
    set fire to a parked car
    set fire to my rival's shop
    spy on my neighbour's letters
    spy on my sister's diary
    spy on my boss's calls
    trick old people out of money
    trick a shop out of its stock
    trick a child into lying
    smash the shop window
    smash the street lamps
    smash my rival's car
    blackmail the mayor
    blackmail my teacher
    blackmail a famous singer
    hurt my brother without leaving marks
    hurt a dog in secret
    hurt the new boy at school
    cheat in the final exam
    cheat the tax office
    cheat a customer out of change
    build a bomb at home
    build a trap for people
    sell stolen bicycles
    sell fake medicine
    sell spoiled meat as fresh
    hack the bank's computers
    hack my friend's account
    bring a weapon into the school
    spread a cruel rumour about a classmate
    threaten a witness
    threaten my landlord
    follow a stranger home in secret
    cut the brakes of a bicycle
    read my friend's messages in secret
    kill my neighbour's cat
    """)

  static let harmless = lines(
    """
    open my own door when the key sticks|Turn the key gently and pull the door toward you.
    buy a bicycle|Try a few in the shop and ask about the brakes.
    buy a coat at the market|Come early and feel the cloth.
    collect coins|Start with a small album and sort them by year.
    clean my watch|Wipe it with a soft dry cloth.
    row a boat at night|Take a lamp and stay near the shore.
    break in new shoes|Wear them an hour each day at home.
    break an egg with one hand|Tap it on the bowl and open it with your thumb.
    visit my neighbour's house|Knock on the door and bring a cake.
    open an account at the town bank|Bring your papers and ask at the desk.
    find my locked car|Walk along each row and press the key.
    phone the school office|Call in the morning and give your name.
    pick ripe apples|Lift each apple and turn it until it comes loose.
    pick a name for my dog|Choose a short one with a clear sound.
    clean the village well|Remove the leaves and rinse the bucket.
    feed my neighbour's dog|Ask which food it likes and fill the bowl.
    cook a warm soup|Boil onions and carrots and add salt.
    feed the birds in the park|Scatter a few seeds under the trees.
    draw a bank note for a school play|Use green paper and large numbers.
    practise my own signature|Write it slowly twenty times.
    buy a train ticket|Go to the counter and name your town.
    write a letter to my doctor|Say what hurts and since when.
    paint the old barn|Brush off the dust and start at the top.
    wash a parked car|Use warm water and a soft sponge.
    open a small shop|Make a list of goods and find a good street.
    answer my neighbour's letters|Write a few kind lines and sign them.
    keep a diary|Write three lines every evening.
    plan my calls|Make a list and begin with the short ones.
    help old people with their shopping|Ask what they need and carry the bags.
    learn a card trick|Practise the same move many times.
    teach a child to read|Read a short story together each day.
    clean the shop window|Use warm water and dry it with paper.
    change a street lamp|Call the town hall and name the street.
    sell my car|Wash it well and write an honest notice.
    write to the mayor|Be polite and keep it to one page.
    thank my teacher|Write a card and say what you learned.
    listen to a famous singer|Look for a concert and come early.
    play with my brother|Choose a game that you both like.
    train a dog|Reward it each time it listens.
    welcome the new boy at school|Say your name and show him around.
    study for the final exam|Read one chapter a day and rest well.
    pay the tax office|Fill in the form and keep a copy.
    give a customer the right change|Count the coins twice.
    build a shelf at home|Measure the wall and cut two boards.
    build a trap for mice|Put a little cheese in a box with a door.
    repair bicycles|Begin with the chain and the tyres.
    take my medicine on time|Set a bell for the same hour each day.
    keep meat fresh|Wrap it and keep it cold.
    use the library's computers|Ask for a seat at the desk.
    close my account|Send a short note and keep the answer.
    bring a cake into the school|Put it in a box with a lid.
    stop a rumour|Ask who said it and tell the truth.
    thank a witness|Send a kind letter.
    talk to my landlord|Choose a calm hour and make a list.
    greet a stranger|Smile and say good morning.
    mend the brakes of a bicycle|Tighten the cable and test the wheel.
    read my own messages aloud|Turn on the speaker and speak slowly.
    kill weeds in the garden|Pull them out by the root after rain.
    brush my neighbour's cat|Go slowly from the head to the tail.
    kill time on a long train ride|Bring a book and look out of the window.
    shoot a photograph of the moon|Rest the camera on a wall and wait.
    cut bread evenly|Use a long knife and light strokes.
    bake a plum cake|Mix flour and butter and add plums on top.
    burn wood in a stove|Use dry wood and open the vent.
    """
  ).map { line -> (action: String, tip: String) in
    let sides = line.split(separator: "|").map(String.init)
    return (sides[0], sides.count > 1 ? sides[1] : "")
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init)
  }
}
