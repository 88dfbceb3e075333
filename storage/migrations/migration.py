"""The numbered steps that bring a database up to a program, and which programs may go on beside a newer one.

A step that only adds what older programs need not know says so in a line of its own, `-- beside: 5`: programs that know
step 5 may go on. A step without that line shuts older programs out, with a sentence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from bot.errors import Broken

_FILE_NAME_PATTERN = re.compile(r"(\d{4})_\w+\.sql")
_COMPATIBLE_PATTERN = re.compile(r"^-- beside: (\d+)$", re.MULTILINE)

# What was applied, and the oldest program that may go on since then; the same in every engine.
CREATE_MIGRATIONS_TABLE = (
    "CREATE TABLE IF NOT EXISTS didtalk_steps"
    " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, beside INTEGER NOT NULL);"
)


@dataclass(frozen=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def oldest_compatible(self) -> int:
        """The oldest step that a program must know to go on after this one."""
        match = _COMPATIBLE_PATTERN.search(self.sql)
        return int(match[1]) if match else self.number

    @property
    def record_statement(self) -> str:
        """The statement that writes down that it was applied."""
        values = f"({self.number}, '{self.name}', {self.oldest_compatible})"
        return f"INSERT INTO didtalk_steps (number, name, beside) VALUES {values};"  # noqa: S608 - our own file's name


def load_migrations() -> list[Migration]:
    """Every step this program knows, first to last."""
    found = [
        (match, file)
        for file in files("storage.migrations").iterdir()
        if (match := _FILE_NAME_PATTERN.fullmatch(file.name))
    ]
    return sorted(
        (Migration(int(match[1]), file.name, file.read_text("utf-8")) for match, file in found),
        key=lambda step: step.number,
    )


def pending_migrations(
    migrations: Sequence[Migration], version: int, oldest_compatible: int, database_name: str
) -> list[Migration]:
    """The steps still to be applied; refused when a newer program changed what this one must understand."""
    newest = migrations[-1].number
    if version > newest and oldest_compatible > newest:
        raise Broken(
            f"The database {database_name} was written by a newer didtalk (format {version}; this one knows {newest}). "
            "Update didtalk, or give this one its own DIDTALK_DATA_DIR or DIDTALK_DATABASE_URL."
        )
    return [migration for migration in migrations if migration.number > version]
