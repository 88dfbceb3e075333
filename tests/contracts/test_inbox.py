"""Events are stored once, leased while they are handled, and due again when nobody finished them."""

import asyncio

from storage.database import Database
from storage.tables.leased_queue import SqlLeasedQueue


async def test_an_event_is_stored_once_and_handled_once(database: Database) -> None:
    """Its key stays known for a while, its body does not."""
    inbox = SqlLeasedQueue(database)
    assert await inbox.add("slack", "Ev1", {"says": "“hello”"}, 10.0)
    assert not await inbox.add("slack", "Ev1", {"says": "again"}, 11.0)
    assert await inbox.add("discord", "Ev1", {}, 10.0)
    assert await inbox.claim_due("slack", "me", 9.0, 20.0, 5) == []
    (event,) = await inbox.claim_due("slack", "me", 10.0, 20.0, 5)
    assert (event.key, event.body, event.tries) == ("Ev1", {"says": "“hello”"}, 0)
    assert await inbox.claim_due("slack", "me", 15.0, 30.0, 5) == []
    (event,) = await inbox.claim_due("slack", "me", 20.0, 30.0, 5)  # its owner is gone
    assert event.tries == 1
    await inbox.retry_at("slack", "Ev1", "me", 25.0)
    assert len(await inbox.claim_due("slack", "me", 25.0, 40.0, 5)) == 1
    await inbox.mark_done("slack", "Ev1")
    assert await inbox.claim_due("slack", "me", 99.0, 100.0, 5) == []
    assert "hello" not in str(await database.read("SELECT * FROM leased_queue"))
    await inbox.delete_done("slack", 10.0)
    assert not await inbox.add("slack", "Ev1", {}, 50.0)
    await inbox.delete_done("slack", 10.1)
    assert await inbox.add("slack", "Ev1", {}, 50.0)


async def test_a_renewed_event_stays_leased(database: Database) -> None:
    """Renewing does not bring back one that was done meanwhile."""
    inbox = SqlLeasedQueue(database)
    for key in ("Ev1", "Ev2"):
        await inbox.add("slack", key, {}, 10.0)
    await inbox.claim_due("slack", "me", 10.0, 20.0, 5)
    await inbox.mark_done("slack", "Ev2")
    await inbox.renew("slack", "me", ["Ev1", "Ev2"], 30.0)
    assert await inbox.claim_due("slack", "me", 29.0, 40.0, 5) == []
    assert [event.key for event in await inbox.claim_due("slack", "me", 30.0, 40.0, 5)] == ["Ev1"]


async def test_two_workers_never_lease_the_same_event(database: Database) -> None:
    """However many claim at once, each event goes to one of them."""
    inbox = SqlLeasedQueue(database)
    for n in range(20):
        await inbox.add("slack", f"Ev{n}", {}, 10.0)
    turns = await asyncio.gather(*(inbox.claim_due("slack", "me", 10.0, 70.0, 7) for _ in range(6)))
    got = [event.key for turn in turns for event in turn]
    assert len(got) == len(set(got))
    assert len(got) + len(await inbox.claim_due("slack", "me", 10.0, 70.0, 20)) == 20


async def test_an_event_received_several_times_at_once_is_new_once(database: Database) -> None:
    """A chat may send it to every replica."""
    inbox = SqlLeasedQueue(database)
    answers = await asyncio.gather(*(inbox.add("slack", "Ev1", {}, 10.0) for _ in range(8)))
    assert sorted(answers) == [False] * 7 + [True]
