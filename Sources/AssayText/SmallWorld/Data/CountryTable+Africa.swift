extension CountryTable {
  /// The countries of Africa, one per line: name, capital, currency.
  static let africa = """
    Algeria|Algiers|Algerian dinar
    Angola|Luanda|kwanza
    Benin|Porto-Novo|West African CFA franc
    Botswana|Gaborone|pula
    Burkina Faso|Ouagadougou|West African CFA franc
    Burundi|Gitega|Burundian franc
    Cameroon|Yaoundé|Central African CFA franc
    Cape Verde|Praia|Cape Verdean escudo
    the Central African Republic|Bangui|Central African CFA franc
    Chad|N'Djamena|Central African CFA franc
    the Comoros|Moroni|Comorian franc
    the Democratic Republic of the Congo|Kinshasa|Congolese franc
    the Republic of the Congo|Brazzaville|Central African CFA franc
    Djibouti|Djibouti City|Djiboutian franc
    Egypt|Cairo|Egyptian pound
    Equatorial Guinea|Malabo|Central African CFA franc
    Eritrea|Asmara|nakfa
    Eswatini|Mbabane|lilangeni
    Ethiopia|Addis Ababa|birr
    Gabon|Libreville|Central African CFA franc
    the Gambia|Banjul|dalasi
    Ghana|Accra|cedi
    Guinea|Conakry|Guinean franc
    Guinea-Bissau|Bissau|West African CFA franc
    Ivory Coast|Yamoussoukro|West African CFA franc
    Kenya|Nairobi|Kenyan shilling
    Lesotho|Maseru|loti
    Liberia|Monrovia|Liberian dollar
    Libya|Tripoli|Libyan dinar
    Madagascar|Antananarivo|ariary
    Malawi|Lilongwe|Malawian kwacha
    Mali|Bamako|West African CFA franc
    Mauritania|Nouakchott|ouguiya
    Mauritius|Port Louis|Mauritian rupee
    Morocco|Rabat|Moroccan dirham
    Mozambique|Maputo|metical
    Namibia|Windhoek|Namibian dollar
    Niger|Niamey|West African CFA franc
    Nigeria|Abuja|naira
    Rwanda|Kigali|Rwandan franc
    São Tomé and Príncipe|São Tomé|dobra
    Senegal|Dakar|West African CFA franc
    Seychelles|Victoria|Seychellois rupee
    Sierra Leone|Freetown|leone
    Somalia|Mogadishu|Somali shilling
    South Africa|Pretoria|rand
    South Sudan|Juba|South Sudanese pound
    Sudan|Khartoum|Sudanese pound
    Tanzania|Dodoma|Tanzanian shilling
    Togo|Lomé|West African CFA franc
    Tunisia|Tunis|Tunisian dinar
    Uganda|Kampala|Ugandan shilling
    Zambia|Lusaka|Zambian kwacha
    Zimbabwe|Harare|Zimbabwe Gold
    """
}
