"""Letters are kept once, held while worked on, and come back when nobody finished them."""

from pathlib import Path

from storage.inbox import SqlInbox
from storage.sqlite import open_sqlite


async def test_a_letter_from_coming_in_to_being_forgotten(tmp_path: Path) -> None:
    """Kept before anything else; done once; known for a while."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        inbox = SqlInbox(database)
        assert await inbox.keep("slack", "Ev1", {"says": "“hello”"}, 10.0)
        assert not await inbox.keep("slack", "Ev1", {"says": "again"}, 11.0)
        assert await inbox.keep("discord", "Ev1", {}, 10.0)
        assert await inbox.due("slack", 9.0, 20.0, 5) == []
        (letter,) = await inbox.due("slack", 10.0, 20.0, 5)
        assert (letter.key, letter.body, letter.tries) == ("Ev1", {"says": "“hello”"}, 0)
        assert await inbox.due("slack", 15.0, 30.0, 5) == []
        (letter,) = await inbox.due("slack", 20.0, 30.0, 5)  # whoever held it is gone
        assert letter.tries == 1
        await inbox.later("slack", "Ev1", 25.0)
        assert len(await inbox.due("slack", 25.0, 40.0, 5)) == 1
        await inbox.done("slack", "Ev1")
        assert await inbox.due("slack", 99.0, 100.0, 5) == []
        assert "hello" not in str(await database.read("SELECT * FROM inbox"))
        await inbox.sweep("slack", 10.0)
        assert not await inbox.keep("slack", "Ev1", {}, 50.0)
        await inbox.sweep("slack", 10.1)
        assert await inbox.keep("slack", "Ev1", {}, 50.0)
