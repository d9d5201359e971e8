/// Names made up for the almanac's people, towns, companies, products and parties.
enum InventedNames {
  static let firstNames = words(
    """
    Ada Alba Anselm Arlo Astrid Bela Boris Bram Carla Cedric Clara Dario Dora Edda Edwin Elsa Emil
    Enzo Fenna Fiona Frida Gareth Gilda Greta Gustav Hanno Hazel Hector Hilda Igor Ilse Ines Ivo
    Jasper Jonas Judith Kaspar Kira Lars Leona Linus Lorna Magnus Marta Milo Mira Nadia Nils Nora
    Olga Oscar Otto Paula Petra Quentin Ralf Rosa Rufus Selma Silas Sonja Tilda Tobias Ursula Vera
    Viktor Wanda Willem Yara Zelda
    """)

  static let lastNames = words(
    """
    Abbing Aldren Arkwell Ashdown Bannick Barrow Bellmark Birk Bostrop Brandel Calder Carrow Cobb
    Corvin Dahlby Darnell Denholt Dorn Drury Eckhart Elwood Fallow Farrant Fenwick Forsby Gantry
    Garland Gorse Grevel Haldane Harrow Hesketh Holt Hurst Ingram Jarrold Jessop Kettering Kroll
    Lambrick Larkin Lindqvist Lowell Madder Marlowe Merrow Moss Nettle Norling Oakes Orlov Osterby
    Pascoe Pembrook Penhale Quill Quist Radley Rask Ravel Rowntree Sable Selwyn Skarn Sorrel
    Stroud Tallow Tarrant Thorne Ulrich Underhay Vance Vexley Voss Wexford Whitlow Wren Yardley
    Zander Zeller
    """)

  static let towns = words(
    """
    Aldmoor Ambleford Ashwick Barrowby Beckleigh Birchley Brindel Burnhope Calverly Cawden Cleyford
    Coldwater Crannick Dunmere Eastrow Elderby Elmstead Fairhythe Fenmouth Fernhill Foxdale
    Gallowby Glenrock Grenholm Halewick Harpden Hawksey Heathcombe Holmgate Inverlea Ironford
    Kelford Kingsmere Larkhall Leaford Lindmouth Lockerby Lyndale Marlham Millbrook Mossgate
    Netherby Northam Oakmere Orchardley Penwick Pinehurst Quarryton Ravensby Redmarsh Rookham
    Saltby Sandwell Silverdale Stonebeck Thornby Tidewell Underwood Westerley Wickmere
    """)

  static let regions = words(
    """
    Norvale Estmark Highmoor Lowfen Sundale Westreach Greywold Ambria Tarnland Coldshire Merewold
    Fernmark
    """)

  static let companyStems = words(
    """
    Alder Anchor Argent Beacon Bluebell Bramble Castor Cinder Cobalt Copper Dovetail Eagle Ember
    Falcon Flint Granite Hazelwood Heron Juniper Kestrel Lantern Linden Magpie Maple Mercer
    Northwind Onyx Orchid Otter Pelican Pioneer Quartz Raven Rowan Saffron Sparrow Summit Thistle
    Walnut Willow
    """)

  static let companySuffixes = ["Works", "Mills", "Trading", "Brothers", "Supply"]

  /// Eighty brand names; a product's kind is drawn apart from its name.
  static let products = words(
    """
    Abrixo Altura Ardento Avelin Bardola Belvano Bexley Bontra Calvio Cariza Celdor Corvane Dalmex
    Delphio Dorvan Drevia Ekston Elvora Embrix Estrano Falzia Fendor Florix Fortano Galvera Gambrio
    Glaston Gredia Halvix Hestora Holmex Humbrio Ilvano Imbrex Intaro Isvela Jandor Jestria Jolmex
    Juvano Kalvero Kestrix Kobralt Kundora Lambrex Lestoro Lirvana Lomex Maldrix Meltora Mirvano
    Mondrex Naltero Nestrix Norvana Numbrex Oltera Ombrix Orvano Ostrex Palvera Pestrio Pomdrix
    Pulvano Quandor Questrix Ralvero Rombrex Saldora Sestrix Solvano Sumbrex Taldero Tervane Torvana
    Tumbrex Valdera Vestrix Wolmano Zestora
    """)

  static let productKinds = words(
    """
    kettle lamp clock radio teapot blanket bicycle ladder notebook backpack stove hammer mirror
    basket jacket chair
    """)

  static let professions = words(
    """
    carpentry baking medicine law nursing teaching fishing farming weaving pottery masonry astronomy
    botany cartography printing tailoring beekeeping shipbuilding bookkeeping engineering
    translation journalism acting cooking painting brewing gardening photography surveying forestry
    """)

  static let townProducts = words(
    """
    cheese honey wool salt lace cider glass paper rope silk tea soap butter leather linen marble
    mustard plums cherries candles barrels bells carpets knives
    """)

  static let parties = [
    "Common Ground", "New Dawn", "Open Harbour", "Steady Hand", "Bright Valley", "Fair Field",
  ]

  /// Policies by identifier (the part after `party.`) and as running text names them.
  static let policies: [(id: String, phrase: String)] = [
    ("buses", "free buses"), ("taxes", "lower taxes"), ("schools", "smaller schools"),
    ("forests", "new forests"), ("bridges", "toll bridges"), ("markets", "Sunday markets"),
    ("harbours", "deeper harbours"), ("homes", "rent limits"),
  ]

  private static func words(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map(String.init)
  }
}
