"""Letters are kept once, held while worked on, and come back when nobody finished them."""

import asyncio

from storage.database import Database
from storage.tables.inbox import SqlInbox


async def test_a_letter_from_coming_in_to_being_forgotten(database: Database) -> None:
    """Kept before anything else; done once; known for a while."""
    inbox = SqlInbox(database)
    assert await inbox.add("slack", "Ev1", {"says": "“hello”"}, 10.0)
    assert not await inbox.add("slack", "Ev1", {"says": "again"}, 11.0)
    assert await inbox.add("discord", "Ev1", {}, 10.0)
    assert await inbox.claim_due("slack", 9.0, 20.0, 5) == []
    (letter,) = await inbox.claim_due("slack", 10.0, 20.0, 5)
    assert (letter.key, letter.body, letter.attempts) == ("Ev1", {"says": "“hello”"}, 0)
    assert await inbox.claim_due("slack", 15.0, 30.0, 5) == []
    (letter,) = await inbox.claim_due("slack", 20.0, 30.0, 5)  # whoever held it is gone
    assert letter.attempts == 1
    await inbox.retry_at("slack", "Ev1", 25.0)
    assert len(await inbox.claim_due("slack", 25.0, 40.0, 5)) == 1
    await inbox.mark_done("slack", "Ev1")
    assert await inbox.claim_due("slack", 99.0, 100.0, 5) == []
    assert "hello" not in str(await database.read("SELECT * FROM leased_queue"))
    await inbox.delete_done("slack", 10.0)
    assert not await inbox.add("slack", "Ev1", {}, 50.0)
    await inbox.delete_done("slack", 10.1)
    assert await inbox.add("slack", "Ev1", {}, 50.0)


async def test_a_letter_is_held_as_long_as_somebody_is_at_it(database: Database) -> None:
    """Signs of life put off when it is anybody's; one that was done meanwhile is not brought back by them."""
    inbox = SqlInbox(database)
    for key in ("Ev1", "Ev2"):
        await inbox.add("slack", key, {}, 10.0)
    await inbox.claim_due("slack", 10.0, 20.0, 5)
    await inbox.mark_done("slack", "Ev2")
    await inbox.renew("slack", ["Ev1", "Ev2"], 30.0)
    assert await inbox.claim_due("slack", 29.0, 40.0, 5) == []
    assert [letter.key for letter in await inbox.claim_due("slack", 30.0, 40.0, 5)] == ["Ev1"]


async def test_two_readers_never_hold_the_same_letter(database: Database) -> None:
    """However many look at once, each letter goes to one of them."""
    inbox = SqlInbox(database)
    for n in range(20):
        await inbox.add("slack", f"Ev{n}", {}, 10.0)
    turns = await asyncio.gather(*(inbox.claim_due("slack", 10.0, 70.0, 7) for _ in range(6)))
    got = [letter.key for turn in turns for letter in turn]
    assert len(got) == len(set(got))
    assert len(got) + len(await inbox.claim_due("slack", 10.0, 70.0, 20)) == 20


async def test_a_letter_that_comes_often_at_once_is_new_once(database: Database) -> None:
    """A chat that repeats itself to every replica is heard once."""
    inbox = SqlInbox(database)
    answers = await asyncio.gather(*(inbox.add("slack", "Ev1", {}, 10.0) for _ in range(8)))
    assert sorted(answers) == [False] * 7 + [True]
