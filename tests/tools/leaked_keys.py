"""Looks through the tree for keys that should not have been written down, by their shape and how random they are."""

import math
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

KEY_PATTERNS = {
    "a Slack token": re.compile(r"\bxox[abeprs]-\d{6,}-[\w-]{10,}|\bxapp-\d-[A-Z0-9]{6,}-\d+-\w{20,}"),
    "a Slack webhook": re.compile(r"hooks\.slack\.com/services/T\w{6,}/B\w{6,}/\w{16,}"),
    "a Discord token": re.compile(r"\b[MNO][\w-]{23,28}\.[\w-]{6}\.[\w-]{27,}"),
    "a cloud key": re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b"),
    "a forge token": re.compile(r"\bgh[pousr]_\w{30,}|\bgithub_pat_\w{40,}|\bglpat-[\w-]{20,}"),
    "an API key": re.compile(r"\bsk-[A-Za-z0-9-]{30,}|\bsk_[a-z0-9]{40,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a login token": re.compile(r"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}"),
    "a password in an address": re.compile(
        r"\b[a-z+]+://[^\s/:@'\"{}]+:(?!invented|word|sandbox|pass|secret|SECRET|…)[^\s/@'\"{}]{6,}@"
    ),
    "a mail address": re.compile(
        r"\b[\w.+-]+@(?!didtalk|example|[\w.-]*\.(example|invalid|test)\b)[\w-]+\.(com|org|net|de|io)\b"
    ),
}
_LONG_WORD = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
MIN_ENTROPY_BITS = 4.6  # bits a letter: words, paths and hex digits have less
BINARY_SUFFIXES = {".png", ".jpg", ".mp4", ".mp3", ".wav", ".ico", ".svg"}
HASH_FILES = re.compile(r"requirements.*\.txt")
_CHARACTER_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"[0-9]"))


def find_leaks(root: Path) -> Iterator[str]:
    """What looks like a key, and where; never the key itself."""
    for name in _list_files(root):
        path = root / name
        if path.suffix in BINARY_SUFFIXES or HASH_FILES.fullmatch(name) or not path.is_file():
            continue
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
            for what in describe_leaks(line):
                yield f"{name}:{number}: looks like {what}; write an obviously invented value"


def describe_leaks(line: str) -> Iterator[str]:
    """What a line looks like it gives away."""
    yield from (what for what, shape in KEY_PATTERNS.items() if shape.search(line))
    if any(_looks_random(word[0]) for word in _LONG_WORD.finditer(line)):
        yield "something random enough to be a key"


def _looks_random(word: str) -> bool:
    if not all(kind.search(word) for kind in _CHARACTER_CLASSES):
        return False
    counts = Counter(word).values()
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counts) > MIN_ENTROPY_BITS


def _list_files(root: Path) -> list[str]:
    """What git knows of; or, in a copy without git, everything that is not made."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git there is
        cwd=root,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        return [each for each in listed.stdout.decode().split("\0") if each]
    made = {".venv", "build", "__pycache__", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", "data"}
    every = (path.relative_to(root) for path in root.rglob("*"))
    return [str(path) for path in every if not made & set(path.parts)]
