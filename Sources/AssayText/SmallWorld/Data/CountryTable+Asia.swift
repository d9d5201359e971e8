extension CountryTable {
  /// The countries of Asia, one per line: name, capital, currency.
  static let asia = """
    Afghanistan|Kabul|afghani
    Armenia|Yerevan|dram
    Azerbaijan|Baku|manat
    Bahrain|Manama|Bahraini dinar
    Bangladesh|Dhaka|taka
    Bhutan|Thimphu|ngultrum
    Brunei|Bandar Seri Begawan|Brunei dollar
    Cambodia|Phnom Penh|riel
    China|Beijing|yuan
    Cyprus|Nicosia|euro
    Georgia|Tbilisi|lari
    India|New Delhi|Indian rupee
    Indonesia|Jakarta|rupiah
    Iran|Tehran|Iranian rial
    Iraq|Baghdad|Iraqi dinar
    Israel|Jerusalem|shekel
    Japan|Tokyo|yen
    Jordan|Amman|Jordanian dinar
    Kazakhstan|Astana|tenge
    Kuwait|Kuwait City|Kuwaiti dinar
    Kyrgyzstan|Bishkek|Kyrgyz som
    Laos|Vientiane|kip
    Lebanon|Beirut|Lebanese pound
    Malaysia|Kuala Lumpur|ringgit
    the Maldives|Malé|rufiyaa
    Mongolia|Ulaanbaatar|tugrik
    Myanmar|Naypyidaw|kyat
    Nepal|Kathmandu|Nepalese rupee
    North Korea|Pyongyang|North Korean won
    Oman|Muscat|Omani rial
    Pakistan|Islamabad|Pakistani rupee
    the Philippines|Manila|Philippine peso
    Qatar|Doha|Qatari riyal
    Saudi Arabia|Riyadh|Saudi riyal
    Singapore|Singapore|Singapore dollar
    South Korea|Seoul|South Korean won
    Sri Lanka|Sri Jayawardenepura Kotte|Sri Lankan rupee
    Syria|Damascus|Syrian pound
    Tajikistan|Dushanbe|somoni
    Thailand|Bangkok|baht
    Timor-Leste|Dili|US dollar
    Turkey|Ankara|Turkish lira
    Turkmenistan|Ashgabat|Turkmen manat
    the United Arab Emirates|Abu Dhabi|UAE dirham
    Uzbekistan|Tashkent|Uzbek sum
    Vietnam|Hanoi|dong
    Yemen|Sana'a|Yemeni rial
    """
}
