"""The languages D-ID translates into, by the names of its pages and the codes of the customer's description."""

from collections.abc import Mapping

LANGUAGES: Mapping[str, str] = {
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

_NAME_BY_CODE = {code: name for name, code in LANGUAGES.items()}


def language_name(given: str) -> str | None:
    """The English name for a name or a code; a region after the code does not matter."""
    if given in LANGUAGES:
        return given
    return _NAME_BY_CODE.get(given.partition("-")[0].lower())
