"""Names of files as people give them, made fit to be shown, kept and sent anywhere."""

import unicodedata

LONGEST = 120
_QUOTES = frozenset('"“”')


def shown(name: str) -> str:
    """The last part alone, without anything invisible: no folder, no line break, nothing that turns the line round."""
    last = name[-1000:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in last if each not in _QUOTES)
    plain = " ".join(plain.split())
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 13]}…{plain[-12:]}"
