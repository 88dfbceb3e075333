"""Flags as people use them for languages: the country's main language among those a video can be translated into."""

_REGIONAL_INDICATOR_A = 0x1F1E6

_COUNTRIES_BY_LANGUAGE: dict[str, str] = {
    "Arabic": "AE BH DZ EG IQ JO KW LB LY MA OM PS QA SA SD SY TN YE",
    "Bulgarian": "BG",
    "Chinese": "CN HK MO SG TW",
    "Croatian": "HR",
    "Czech": "CZ",
    "Danish": "DK",
    "Dutch": "NL BE",
    "English": "GB US AU CA IE NZ",
    "Filipino": "PH",
    "Finnish": "FI",
    "French": "FR",
    "German": "DE AT CH",
    "Greek": "GR CY",
    "Hindi": "IN",
    "Indonesian": "ID",
    "Italian": "IT",
    "Japanese": "JP",
    "Korean": "KR",
    "Malay": "MY",
    "Polish": "PL",
    "Portuguese": "PT BR AO MZ",
    "Romanian": "RO MD",
    "Russian": "RU",
    "Slovak": "SK",
    "Spanish": "ES MX AR BO CL CO CR CU DO EC GT HN NI PA PE PY SV UY VE",
    "Swedish": "SE",
    "Tamil": "LK",
    "Turkish": "TR",
    "Ukrainian": "UA",
}
_LANGUAGE_BY_COUNTRY = {
    country: language for language, countries in _COUNTRIES_BY_LANGUAGE.items() for country in countries.split()
}


def language_of_flag(emoji: str) -> str | None:
    """The language a flag stands for; None when it is no flag, or its language is not to be had."""
    letters = [
        chr(ord(each) - _REGIONAL_INDICATOR_A + ord("A"))
        for each in emoji
        if _REGIONAL_INDICATOR_A <= ord(each) < _REGIONAL_INDICATOR_A + 26
    ]
    return _LANGUAGE_BY_COUNTRY.get("".join(letters)) if len(letters) == 2 else None


def flag_emoji(country: str) -> str:
    """The flag of a country code, for chats that send names instead of characters."""
    return "".join(chr(_REGIONAL_INDICATOR_A + ord(letter) - ord("A")) for letter in country.upper())
