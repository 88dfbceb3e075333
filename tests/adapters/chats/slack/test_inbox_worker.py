"""Letters are held by whoever is at them, for as long as that takes and hardly longer."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.chats.slack.context import PLATFORM
from adapters.chats.slack.incoming.inbox_worker import SlackInboxWorker
from bot.chats.inbox import InboxEvent
from bot.runtime.leases import LEASE_SECONDS
from storage.sqlite.open import open_sqlite
from storage.tables.leased_queue import SqlLeasedQueue
from tests.fakes.clock import ManualClock, advance_slowly


@pytest.mark.slow
async def test_a_letter_is_nobody_elses_while_it_is_worked_on_and_anybodys_soon_after(tmp_path: Path) -> None:
    """However long it takes; a process that dies over it keeps it from the others for half a minute at most."""
    clock, begun = ManualClock(), asyncio.Event()

    async def slow(letter: InboxEvent) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        inbox = SqlLeasedQueue(database)
        await inbox.add(PLATFORM, "Ev1", {"kind": "slow"}, clock.now())
        core = SimpleNamespace(clock=clock)
        context: Any = SimpleNamespace(core=core, now=clock.now, inbox=inbox, inbox_wakeup=asyncio.Event())
        post = asyncio.create_task(SlackInboxWorker(context, {"slow": slow}).run())
        await asyncio.wait_for(begun.wait(), 30)
        for _ in range(4):
            await advance_slowly(clock, 20)
            assert await inbox.claim_due(PLATFORM, "me", clock.now(), clock.now() + LEASE_SECONDS, 9) == []
        post.cancel()
        await asyncio.wait((post,))
        assert [each.key for each in await inbox.claim_due(PLATFORM, "me", clock.now() + 30, clock.now() + 60, 9)] == [
            "Ev1"
        ]
