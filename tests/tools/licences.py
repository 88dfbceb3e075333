"""Holds what the plain install brings to licences that ask nothing of whoever uses it; GPL parts are an extra."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from tests.tools.lock_files import read_pins

FREE_LICENCES = re.compile(
    r"(?i)\b(MIT|MIT-0|MIT-CMU|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|0BSD)\b"
)
STRICT_LICENCES = re.compile(r"(?i)\b(A?GPL|GNU (Affero )?General)")
# Bundled libraries that come as files of their own, which may be exchanged, under the LGPL: fine beside MIT.
GPL_PARTS = re.compile(r"(?i)lib(x264|x265|espeak)|ffmpeg-gpl")
# Whose metadata do not say it in a word that can be recognised, and where it was read.
READ_BY_HAND = {"httpx-aiohttp": "BSD-3-Clause, in the licence text of its metadata"}


def find_unfree(root: Path) -> Iterator[str]:
    """What of the plain install is not free to use."""
    for name in read_pins((root / "requirements.txt").read_text()):
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # for another system or Python
        said = found.metadata.get_all("License-Expression") or []
        said = said + (found.metadata.get_all("License") or []) + (found.metadata.get_all("Classifier") or [])
        words = " ".join(each for each in said if "::" not in each or each.startswith("License"))
        if STRICT_LICENCES.search(words) or not (FREE_LICENCES.search(words) or name in READ_BY_HAND):
            yield f"{name}: its licence is not known to be free enough: {words[:80] or 'it says none'}"
        if parts := sorted(path.name for path in found.files or () if GPL_PARTS.search(path.name)):
            yield f"{name}: carries {', '.join(parts)}, which is GPL; that belongs into the extra demo"
