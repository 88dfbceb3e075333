"""Small things by name."""

import asyncio
from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.errors import Refused
from storage.database import Database
from storage.sqlite.open import open_sqlite
from storage.tables.key_value import SqlKeyValueStore


@pytest.fixture
def notes(database: Database) -> SqlKeyValueStore:
    """Notes in a new database."""
    return SqlKeyValueStore(database)


@pytest.mark.parametrize("value", [None, 0, 1.5, "“Zoë”", [1, [2]], {"a": {"b": [True, None]}}, ""])
async def test_a_value_comes_back_as_it_was(notes: SqlKeyValueStore, value: JsonValue) -> None:
    """Any JSON value is kept whole."""
    await notes.put("settings", "k", value)
    assert await notes.get("settings", "k") == value


async def test_a_value_takes_the_place_of_the_one_before(notes: SqlKeyValueStore) -> None:
    """The last one put is the one that is there."""
    await notes.put("s", "k", 1)
    await notes.put("s", "k", 2)
    assert await notes.get("s", "k") == 2


async def test_spaces_and_keys_do_not_mix(notes: SqlKeyValueStore) -> None:
    """The same key in another space is another thing; what was never put is None."""
    await notes.put("s", "k", 1)
    assert await notes.get("t", "k") is None
    assert await notes.get("s", "j") is None


async def test_changes_at_once_all_stand(notes: SqlKeyValueStore) -> None:
    """Each is made to what the one before left, the first to nothing; one that refuses leaves no trace."""

    def add_one(noted: JsonValue) -> JsonValue:
        return (noted if isinstance(noted, int) else 0) + 1

    await asyncio.gather(*(notes.update("s", "k", add_one) for _ in range(12)))
    assert await notes.get("s", "k") == 12

    def refuse(noted: JsonValue) -> JsonValue:
        raise Refused("Not so.")

    for key, left in (("k", 12), ("new", None)):
        with pytest.raises(Refused):
            await notes.update("s", key, refuse)
        assert await notes.get("s", key) == left


async def test_a_deleted_file_is_gone(notes: SqlKeyValueStore) -> None:
    """Dropping forgets, and dropping what is not there is not an error."""
    await notes.put("s", "k", 1)
    await notes.delete("s", "k")
    await notes.delete("s", "k")
    assert await notes.get("s", "k") is None


async def test_a_sweep_takes_what_begins_so_and_nothing_else(notes: SqlKeyValueStore) -> None:
    """Within its space, and no sign in a name means more than itself."""
    for space, key in (("s", "a%/1"), ("s", "a%/2"), ("s", "ab/1"), ("t", "a%/1")):
        await notes.put(space, key, 1)
    await notes.delete_prefix("s", "a%/")
    left = [await notes.get(*each) for each in (("s", "a%/1"), ("s", "a%/2"), ("s", "ab/1"), ("t", "a%/1"))]
    assert left == [None, None, 1, 1]


async def test_notes_outlive_the_program(tmp_path: Path) -> None:
    """What was put is there after a restart."""
    for expected in (None, 1):
        async with open_sqlite(tmp_path / "a.sqlite3") as database:
            assert await SqlKeyValueStore(database).get("s", "k") == expected
            await SqlKeyValueStore(database).put("s", "k", 1)


async def test_of_many_who_keep_at_once_all_get_the_first(database: Database) -> None:
    """What all replicas must share, such as a secret, is what one of them kept first."""
    answers = await asyncio.gather(*(SqlKeyValueStore(database).put_if_absent("s", "k", n) for n in range(8)))
    assert set(map(str, answers)) == {str(await SqlKeyValueStore(database).get("s", "k"))}
