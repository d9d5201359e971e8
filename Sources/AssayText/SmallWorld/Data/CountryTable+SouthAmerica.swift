extension CountryTable {
  /// The countries of South America, one per line: name, capital, currency.
  static let southAmerica = """
    Argentina|Buenos Aires|Argentine peso
    Bolivia|Sucre|boliviano
    Brazil|Brasília|real
    Chile|Santiago|Chilean peso
    Colombia|Bogotá|Colombian peso
    Ecuador|Quito|US dollar
    Guyana|Georgetown|Guyanese dollar
    Paraguay|Asunción|guaraní
    Peru|Lima|sol
    Suriname|Paramaribo|Surinamese dollar
    Uruguay|Montevideo|Uruguayan peso
    Venezuela|Caracas|bolívar
    """
}
