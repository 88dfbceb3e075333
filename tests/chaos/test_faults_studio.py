"""Every kind of fault between us and a studio, at every call: delivered, paid for once, posted once."""

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs import Job
from tests.chaos.faults import WIRE
from tests.chaos.house import DOWNLOADS, LOOKS, STUDIOS, SUBMITS, UPLOADS, House, house

WELL = ("delivered", 1, 1)  # how it ended, how often it was paid for, how often it was posted


async def outcomes(at: House, app: App, jobs: dict[str, Job]) -> dict[str, tuple[str, int, int]]:
    """How the job of each kind of fault came out, counted from outside."""
    ended = dict(zip(jobs, await asyncio.gather(*(at.ended(app, job, 40) for job in jobs.values())), strict=True))
    paid, posted = Counter(await at.markers()), Counter(job for job, _ in at.chat.videos)
    return {kind: (job.stage.value, paid[job.marker], posted[job.id]) for kind, job in ended.items()}


@pytest.mark.parametrize("which", STUDIOS)
async def test_a_fault_of_the_paid_call_costs_nobody_anything(tmp_path: Path, which: str) -> None:
    """Whatever becomes of the one call that is paid for, thirty ways at once: one charge, one video for each."""
    async with house(tmp_path, which) as at, at.running() as app:
        texts = {kind: f"Hello, this is about {kind}, of course." for kind in WIRE}
        for kind, fault in WIRE.items():
            at.proxy.suffer(fault, method="POST", path=SUBMITS[which], body=f" {kind}, of course".encode())
        asked = {kind: await at.ask(app, text) for kind, text in texts.items()}
        assert await outcomes(at, app, asked) == dict.fromkeys(WIRE, WELL)
        assert {rule.fault.name for rule in at.proxy.rules if rule.struck == 1} == set(WIRE)
        assert app.engine.in_hand == 0


@pytest.mark.parametrize("which", STUDIOS)
async def test_a_fault_of_a_free_call_only_costs_time(tmp_path: Path, which: str) -> None:
    """Uploads, looks and downloads, each way in turn, are tried again."""
    async with house(tmp_path, which) as at, at.running() as app:
        for kind, fault in WIRE.items():
            rules = [at.proxy.suffer(fault, path=path) for path in (UPLOADS[which], LOOKS[which], DOWNLOADS)]
            picture = (await at.picture(app),)
            found = await outcomes(at, app, {kind: await at.ask(app, f"Hello {kind}", *picture)})
            assert found == {kind: WELL}
            assert [rule.struck for rule in rules] == [1, 1, 1], kind
            assert re.search("ftyp", repr(at.chat.videos[-1][1][:12])), kind  # a film, and not a page about one
            at.proxy.clear()
