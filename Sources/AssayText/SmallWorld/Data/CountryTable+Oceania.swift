extension CountryTable {
  /// The countries of Oceania, one per line: name, capital, currency.
  static let oceania = """
    Australia|Canberra|Australian dollar
    Fiji|Suva|Fijian dollar
    Kiribati|Tarawa|Australian dollar
    the Marshall Islands|Majuro|US dollar
    Micronesia|Palikir|US dollar
    Nauru|Yaren|Australian dollar
    New Zealand|Wellington|New Zealand dollar
    Palau|Ngerulmud|US dollar
    Papua New Guinea|Port Moresby|kina
    Samoa|Apia|tala
    the Solomon Islands|Honiara|Solomon Islands dollar
    Tonga|Nuku'alofa|pa'anga
    Tuvalu|Funafuti|Australian dollar
    Vanuatu|Port Vila|vatu
    """
}
