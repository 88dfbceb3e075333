"""Names of files as people give them, made fit to be shown, kept and sent anywhere."""

import unicodedata

MAX_NAME_CHARACTERS = 120
_QUOTES = frozenset('"“”')


def clean_file_name(name: str) -> str:
    """The last part alone, without anything invisible: no folder, no line break, nothing that turns the line round."""
    last = name[-1000:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in last if each not in _QUOTES)
    plain = " ".join(plain.split())
    return plain if len(plain) <= MAX_NAME_CHARACTERS else f"{plain[: MAX_NAME_CHARACTERS - 13]}…{plain[-12:]}"
