"""The numbered steps that bring a database up to a program, and which programs may go on beside a newer one.

A step that only adds what older programs need not know says so in a line of its own, `-- beside: 5`: programs that know
step 5 may go on. A step without that line shuts older programs out, with a sentence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from bot.errors import Broken

_NAME = re.compile(r"(\d{4})_\w+\.sql")
_BESIDE = re.compile(r"^-- beside: (\d+)$", re.MULTILINE)

# What was applied, and the oldest program that may go on since then; the same in every engine.
APPLIED = (
    "CREATE TABLE IF NOT EXISTS didtalk_steps"
    " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, beside INTEGER NOT NULL);"
)


@dataclass(frozen=True)
class Step:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def beside(self) -> int:
        """The oldest step that a program must know to go on after this one."""
        found = _BESIDE.search(self.sql)
        return int(found[1]) if found else self.number

    @property
    def record(self) -> str:
        """The statement that writes down that it was applied."""
        return f"INSERT INTO didtalk_steps (number, name, beside) VALUES ({self.number}, '{self.name}', {self.beside});"  # noqa: S608 - our own file's name


def steps() -> list[Step]:
    """Every step this program knows, first to last."""
    found = [(match, file) for file in files("storage.migrations").iterdir() if (match := _NAME.fullmatch(file.name))]
    return sorted(
        (Step(int(match[1]), file.name, file.read_text("utf-8")) for match, file in found), key=lambda step: step.number
    )


def missing(known: Sequence[Step], version: int, beside: int, where: str) -> list[Step]:
    """The steps still to be applied; refused when a newer program changed what this one must understand."""
    newest = known[-1].number
    if version > newest and beside > newest:
        raise Broken(
            f"The database {where} was written by a newer didtalk (format {version}; this one knows {newest}). "
            "Update didtalk, or give this one its own DIDTALK_DATA_DIR or DIDTALK_DATABASE_URL."
        )
    return [step for step in known if step.number > version]
