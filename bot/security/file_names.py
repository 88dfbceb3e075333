"""File names as people give them, made safe to show, store and send."""

import unicodedata

MAX_NAME_CHARACTERS = 120
_QUOTES = frozenset('"“”')


def clean_file_name(name: str) -> str:
    """The last part of a path without invisible characters: no folder, line break or text direction mark."""
    last = name[-1000:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in last if each not in _QUOTES)
    plain = " ".join(plain.split())
    return plain if len(plain) <= MAX_NAME_CHARACTERS else f"{plain[: MAX_NAME_CHARACTERS - 13]}…{plain[-12:]}"
