"""Holds the locks to exact versions, hashes and no addresses, and to no version with a known fault."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.version import Version

LOCK_FILES = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")
_PINNED_LINE = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9][0-9a-z.]*)(?: ; (?P<when>[^\\]+?))?")
_HASH_OPTION = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def find_lock_faults(root: Path) -> Iterator[str]:
    """What is wrong with the locks."""
    known = tomllib.loads((root / "tests/tools/advisories.toml").read_text())
    for name in LOCK_FILES:
        text = (root / name).read_text()
        for where, fault in _lock_faults(name, text, known):
            yield f"{name}: {where}: {fault}"


def read_pins(text: str) -> dict[str, str]:
    """The versions of a lock by name."""
    matches = (_PINNED_LINE.match(entry) for entry in _read_entries(text))
    return {match["name"]: match["version"] for match in matches if match}


def _read_entries(text: str) -> list[str]:
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return [" ".join(each.split()) for each in "\n".join(lines).replace("\\\n", " ").splitlines()]


def _lock_faults(lock: str, text: str, known: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for entry in _read_entries(text):
        head, *hashes = re.split(r" (?=--hash)", entry)
        match = _PINNED_LINE.fullmatch(head)
        if match is None or "://" in entry:
            yield head[:60], "is no exact version, or holds an address"
            continue
        if not hashes or not all(_HASH_OPTION.fullmatch(each) for each in hashes):
            yield match["name"], "has no hash"
        advice = known.get(match["name"], {})
        if "least" in advice and Version(match["version"]) < Version(advice["least"]):
            yield match["name"], f"{match['version']} is older than {advice['least']}: {advice['why']}"
        if advice.get("only", lock) != lock:
            yield match["name"], f"belongs into {advice['only']} alone: {advice['why']}"
