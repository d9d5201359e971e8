extension CountryTable {
  /// The countries of Europe, one per line: name, capital, currency.
  static let europe = """
    Albania|Tirana|lek
    Andorra|Andorra la Vella|euro
    Austria|Vienna|euro
    Belarus|Minsk|Belarusian ruble
    Belgium|Brussels|euro
    Bosnia and Herzegovina|Sarajevo|convertible mark
    Bulgaria|Sofia|euro
    Croatia|Zagreb|euro
    Czechia|Prague|Czech koruna
    Denmark|Copenhagen|Danish krone
    Estonia|Tallinn|euro
    Finland|Helsinki|euro
    France|Paris|euro
    Germany|Berlin|euro
    Greece|Athens|euro
    Hungary|Budapest|forint
    Iceland|Reykjavik|Icelandic króna
    Ireland|Dublin|euro
    Italy|Rome|euro
    Latvia|Riga|euro
    Liechtenstein|Vaduz|Swiss franc
    Lithuania|Vilnius|euro
    Luxembourg|Luxembourg City|euro
    Malta|Valletta|euro
    Moldova|Chisinau|Moldovan leu
    Monaco|Monaco|euro
    Montenegro|Podgorica|euro
    the Netherlands|Amsterdam|euro
    North Macedonia|Skopje|denar
    Norway|Oslo|Norwegian krone
    Poland|Warsaw|zloty
    Portugal|Lisbon|euro
    Romania|Bucharest|Romanian leu
    Russia|Moscow|Russian ruble
    San Marino|San Marino|euro
    Serbia|Belgrade|Serbian dinar
    Slovakia|Bratislava|euro
    Slovenia|Ljubljana|euro
    Spain|Madrid|euro
    Sweden|Stockholm|Swedish krona
    Switzerland|Bern|Swiss franc
    Ukraine|Kyiv|hryvnia
    the United Kingdom|London|pound sterling
    Vatican City|Vatican City|euro
    """
}
