"""Leases of a dead process end at once when the next one starts."""

from pathlib import Path

from bot.jobs.job import Place
from bot.notices.subscriptions import NOTICE_TIMEOUT_SECONDS, Notice
from storage.sqlite.open import open_sqlite
from storage.tables.leased_queue import SqlLeasedQueue, SqlSubscriptions

NOW = 1_800_000_000.0
LATER = NOW + 120.0


async def test_events_of_a_dead_process_are_due_at_once(tmp_path: Path) -> None:
    """An event that was being handled is handled by the next process; one that was done is not."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        inbox = SqlLeasedQueue(database)
        await inbox.add("slack", "held", {}, NOW)
        await inbox.add("slack", "done", {}, NOW)
        await inbox.claim_due("slack", "me", NOW, LATER, 10)
        await inbox.mark_done("slack", "done")
        assert await inbox.claim_due("slack", "me", NOW, LATER, 10) == []
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        (event,) = await SqlLeasedQueue(database).claim_due("slack", "me", NOW, LATER, 10)
    assert (event.key, event.tries) == ("held", 1)


async def test_notices_of_a_dead_process_are_due_at_once_or_when_its_post_must_have_arrived(tmp_path: Path) -> None:
    """What was certainly not posted is due at once; a begun post when the dead process's call has surely ended."""
    place = Place(platform="console", channel="news")
    keys = ("held", "posting", "posted", "later")
    notices = [Notice(key=key, place=place, topic="done", subscriber="U1", due_at=NOW) for key in keys]
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        store = SqlSubscriptions(database)
        await store.add_notices(notices)
        await store.claim_due("a", NOW, LATER, 10)
        await store.begin_posting("posting", "a", LATER)
        await store.finish_posting("posted")
        await store.retry_at("later", "a", LATER)
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        store = SqlSubscriptions(database)
        assert [each.key for each in await store.claim_due("b", NOW, LATER, 10)] == ["held"]
        assert await store.claim_due("b", LATER - NOTICE_TIMEOUT_SECONDS - 1, LATER, 10) == []
        (posting,) = await store.claim_due("b", LATER - NOTICE_TIMEOUT_SECONDS, LATER + 60, 10)
        assert (posting.key, posting.posting) == ("posting", True)
        assert {each.key for each in await store.claim_due("b", LATER, LATER + 60, 10)} == {"held", "later"}
