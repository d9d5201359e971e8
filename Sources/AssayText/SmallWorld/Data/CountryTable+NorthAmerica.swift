extension CountryTable {
  /// The countries of North America, one per line: name, capital, currency.
  static let northAmerica = """
    Antigua and Barbuda|Saint John's|East Caribbean dollar
    the Bahamas|Nassau|Bahamian dollar
    Barbados|Bridgetown|Barbadian dollar
    Belize|Belmopan|Belize dollar
    Canada|Ottawa|Canadian dollar
    Costa Rica|San José|Costa Rican colón
    Cuba|Havana|Cuban peso
    Dominica|Roseau|East Caribbean dollar
    the Dominican Republic|Santo Domingo|Dominican peso
    El Salvador|San Salvador|US dollar
    Grenada|Saint George's|East Caribbean dollar
    Guatemala|Guatemala City|quetzal
    Haiti|Port-au-Prince|gourde
    Honduras|Tegucigalpa|lempira
    Jamaica|Kingston|Jamaican dollar
    Mexico|Mexico City|Mexican peso
    Nicaragua|Managua|córdoba
    Panama|Panama City|balboa
    Saint Kitts and Nevis|Basseterre|East Caribbean dollar
    Saint Lucia|Castries|East Caribbean dollar
    Saint Vincent and the Grenadines|Kingstown|East Caribbean dollar
    Trinidad and Tobago|Port of Spain|Trinidad and Tobago dollar
    the United States|Washington|US dollar
    """
}
