"""The languages a video can be translated into: their names, their codes, and the flags that mean them."""

from bot.errors import Refused
from bot.requests.options import nearest_match, suggest_names

# Names as the studios spell them; the code; the countries whose flag means this one of their languages.
_LANGUAGES = {
    "Arabic": ("ar", "AE BH DZ EG IQ JO KW LB LY MA OM PS QA SA SD SY TN YE"),
    "Bulgarian": ("bg", "BG"),
    "Chinese": ("zh", "CN HK MO SG TW"),
    "Croatian": ("hr", "HR"),
    "Czech": ("cs", "CZ"),
    "Danish": ("da", "DK"),
    "Dutch": ("nl", "NL BE"),
    "English": ("en", "GB US AU CA IE NZ"),
    "Filipino": ("fil", "PH"),
    "Finnish": ("fi", "FI"),
    "French": ("fr", "FR"),
    "German": ("de", "DE AT CH"),
    "Greek": ("el", "GR CY"),
    "Hindi": ("hi", "IN"),
    "Indonesian": ("id", "ID"),
    "Italian": ("it", "IT"),
    "Japanese": ("ja", "JP"),
    "Korean": ("ko", "KR"),
    "Malay": ("ms", "MY"),
    "Polish": ("pl", "PL"),
    "Portuguese": ("pt", "PT BR AO MZ"),
    "Romanian": ("ro", "RO MD"),
    "Russian": ("ru", "RU"),
    "Slovak": ("sk", "SK"),
    "Spanish": ("es", "ES MX AR BO CL CO CR CU DO EC GT HN NI PA PE PY SV UY VE"),
    "Swedish": ("sv", "SE"),
    "Tamil": ("ta", "LK"),
    "Turkish": ("tr", "TR"),
    "Ukrainian": ("uk", "UA"),
}
LANGUAGE_CODES = {name: code for name, (code, _) in _LANGUAGES.items()}
_LANGUAGE_BY_COUNTRY = {country: name for name, (_, countries) in _LANGUAGES.items() for country in countries.split()}
_NAME_BY_WORD = {
    **{name.casefold(): name for name in LANGUAGE_CODES},
    **{code: name for name, code in LANGUAGE_CODES.items()},
    "tl": "Filipino",
    "mandarin": "Chinese",
}
_REGIONAL_INDICATOR_A = 0x1F1E6


def language_name(typed: str, option: str = "languages") -> str:
    """The studios' name of a language that was typed as a name or a code, with or without a region."""
    wanted = typed.strip().casefold()
    name = _NAME_BY_WORD.get(wanted) or _NAME_BY_WORD.get(wanted.replace("_", "-").partition("-")[0])
    if name:
        return name
    hint = nearest_match(wanted, _NAME_BY_WORD)
    meant = suggest_names([_NAME_BY_WORD[hint.casefold()]] if hint else [])
    raise Refused(f"Videos cannot be translated into “{typed}”.{meant} See /did languages.", option)


def language_code(typed: str | None, default: str = "en") -> str:
    """The code of a language by name, code or the id of a voice (`fr-FR-DeniseNeural`), for screen readers."""
    word = (typed or "").strip().partition(" ")[0].casefold()
    name = _NAME_BY_WORD.get(word) or _NAME_BY_WORD.get(word.replace("_", "-").partition("-")[0])
    return LANGUAGE_CODES[name] if name else default


def language_of_flag(emoji: str) -> str | None:
    """None when it is no flag, or videos cannot be translated into its language."""
    letters = [
        chr(ord(each) - _REGIONAL_INDICATOR_A + ord("A"))
        for each in emoji
        if _REGIONAL_INDICATOR_A <= ord(each) < _REGIONAL_INDICATOR_A + 26
    ]
    return _LANGUAGE_BY_COUNTRY.get("".join(letters)) if len(letters) == 2 else None


def flag_emoji(country: str) -> str:
    """For chats that send country codes instead of characters."""
    return "".join(chr(_REGIONAL_INDICATOR_A + ord(letter) - ord("A")) for letter in country.upper())
