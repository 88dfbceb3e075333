"""The languages a video can be translated into: names as the studios spell them, codes as people type them."""

from bot.errors import Refused
from bot.requests.options import nearest_match, suggest_names

LANGUAGE_CODES: dict[str, str] = {
    "Arabic": "ar",
    "Bulgarian": "bg",
    "Chinese": "zh",
    "Croatian": "hr",
    "Czech": "cs",
    "Danish": "da",
    "Dutch": "nl",
    "English": "en",
    "Filipino": "fil",
    "Finnish": "fi",
    "French": "fr",
    "German": "de",
    "Greek": "el",
    "Hindi": "hi",
    "Indonesian": "id",
    "Italian": "it",
    "Japanese": "ja",
    "Korean": "ko",
    "Malay": "ms",
    "Polish": "pl",
    "Portuguese": "pt",
    "Romanian": "ro",
    "Russian": "ru",
    "Slovak": "sk",
    "Spanish": "es",
    "Swedish": "sv",
    "Tamil": "ta",
    "Turkish": "tr",
    "Ukrainian": "uk",
}

_NAME_BY_WORD: dict[str, str] = {
    **{name.casefold(): name for name in LANGUAGE_CODES},
    **{code: name for name, code in LANGUAGE_CODES.items()},
    "tl": "Filipino",
    "mandarin": "Chinese",
}


def language_name(typed: str, option: str = "languages") -> str:
    """The studio's name for a language typed as a name or a code, region or not."""
    wanted = typed.strip().casefold()
    name = _NAME_BY_WORD.get(wanted) or _NAME_BY_WORD.get(wanted.replace("_", "-").partition("-")[0])
    if name:
        return name
    hint = nearest_match(wanted, _NAME_BY_WORD)
    meant = suggest_names([_NAME_BY_WORD[hint.casefold()]] if hint else [])
    raise Refused(f"Videos cannot be translated into “{typed}”.{meant} See /did languages.", option)
